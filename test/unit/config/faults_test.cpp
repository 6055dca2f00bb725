#include "config/load.hpp"
#include "config/suggest.hpp"
#include "unit/config/common_table.hpp"
#include "unit/config/text_file.hpp"

#include <sundown/stop/budget.hpp>

#include <gmock/gmock.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sundown::configuration {
namespace {

using test::text_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

std::vector<std::string> faults_of(std::string_view toml) {
  const text_file file(toml);
  auto faults = load(file.path(), {}).faults;
  for (auto& each : faults)
    if (each.starts_with(file.path())) each.replace(0, file.path().size(), "FILE");
  return faults;
}

std::vector<std::string> faults_of_variable(std::string name, std::string text) {
  return load(std::nullopt, {{std::move(name), std::move(text)}}).faults;
}

// A fault says where it is, what is wrong, and what is allowed.
TEST(Faults, SayWhereWhatAndTheAllowed) {
  EXPECT_THAT(faults_of("[http]\nport = 70000\n"),
              ElementsAre("FILE:2:8: http.port is 70000; it must be from 0 to 65535"));
  EXPECT_THAT(faults_of_variable("SUNDOWN_HTTP__PORT", "70000"),
              ElementsAre("SUNDOWN_HTTP__PORT: http.port is 70000; it must be from 0 to 65535"));
}

// Each is one line, whatever a key is called.
TEST(Faults, AreOneLineEach) {
  EXPECT_THAT(faults_of("\"a\\nb\\u001b[2J\" = 1\n"), ElementsAre("FILE:1:1: unknown key 'a\\nb\\u001b[2J'"));
  const auto faults = faults_of_variable("SUNDOWN_HTTP__\nPORT", "1");
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_THAT(faults.front(), StartsWith("SUNDOWN_HTTP__\\nPORT: "));
}

// All faults of a file and the environment are told at once.
TEST(Faults, ComeTogether) {
  const text_file file("[http]\nport = -1\nprot = 1\n[shutdown]\ntotal = \"8\"\n[log]\nlevel = \"loud\"\n");
  const auto faults = load(file.path(), {{"SUNDOWN_HTTP__WORKERS", "many"}}).faults;
  EXPECT_THAT(faults,
              UnorderedElementsAre(HasSubstr(":2:8: http.port is -1"), HasSubstr(":3:1: unknown key 'http.prot'"),
                                   HasSubstr(":5:9: shutdown.total has no unit"), HasSubstr(":7:9: log.level must be"),
                                   HasSubstr("SUNDOWN_HTTP__WORKERS: http.workers is no number")));
}

// An unknown key, section or variable is answered with the one that was probably meant.
TEST(Faults, AskDidYouMean) {
  EXPECT_THAT(faults_of("[http]\nprot = 1\n"), ElementsAre(HasSubstr("(did you mean 'http.port'?)")));
  EXPECT_THAT(faults_of("[htttp]\nport = 1\n"),
              ElementsAre(AllOf(HasSubstr(":1:2:"), HasSubstr("(did you mean 'http'?)"))));
  EXPECT_THAT(faults_of("sqlite.path = \"x\"\n"), ElementsAre(HasSubstr("unknown key 'sqlite'")));
  EXPECT_THAT(faults_of("[shutdown.ready_delays]\nmin = \"1s\"\n"),
              ElementsAre(HasSubstr("(did you mean 'shutdown.ready_delay'?)")));
  EXPECT_THAT(faults_of_variable("SUNDOWN_HTTP__PROT", "1"),
              ElementsAre("SUNDOWN_HTTP__PROT: names no key (did you mean 'SUNDOWN_HTTP__PORT'?)"));
  EXPECT_THAT(faults_of_variable("SUNDOWN_http__port", "1"), ElementsAre(HasSubstr("'SUNDOWN_HTTP__PORT'")));
  EXPECT_THAT(faults_of_variable("SUNDOWN_SQLITE__PATH", "1"),
              ElementsAre(HasSubstr("'SUNDOWN_STORAGE__SQLITE__PATH'")));
}

// Where nothing is near, nothing is suggested.
TEST(Faults, SuggestNothingFarFetched) {
  EXPECT_THAT(faults_of("[telemetry]\nx = 1\n"), ElementsAre(Not(HasSubstr("did you mean"))));
  EXPECT_EQ(nearest(std::string(100'000, 'x'), std::vector<std::string>{"http.port"}, "."), "");
}

// A value of the wrong type is told the right one; a duration without unit is never guessed.
TEST(Faults, TellTheType) {
  EXPECT_THAT(faults_of("http.port = \"8080\""),
              ElementsAre(HasSubstr("is a text in quotes; it must be a whole number")));
  EXPECT_THAT(faults_of("shutdown.total = 8"), ElementsAre(HasSubstr("is a bare number; a duration has a unit")));
  EXPECT_THAT(faults_of("shutdown.total = 8.5"), ElementsAre(HasSubstr("a duration has a unit")));
  EXPECT_THAT(faults_of("log.access = \"true\""), ElementsAre(HasSubstr("it must be true or false")));
  EXPECT_THAT(faults_of("log.access = 1"), ElementsAre(HasSubstr("it must be true or false")));
  EXPECT_THAT(faults_of("log.level = 3"), ElementsAre(HasSubstr("it must be a text")));
  EXPECT_THAT(faults_of("http.body_limit = \"1MB\""),
              ElementsAre(HasSubstr("unknown unit; it must be a size such as")));
  EXPECT_THAT(faults_of("http.port = [1]"), ElementsAre(HasSubstr("is an array")));
  EXPECT_THAT(faults_of("http.port = 2026-11-22"), ElementsAre(HasSubstr("is a date")));
  EXPECT_THAT(faults_of("[http.port]\nx = 1"), ElementsAre(HasSubstr("http.port is a section")));
  EXPECT_THAT(faults_of("http = 1"), ElementsAre(HasSubstr("http is a section; write [http]")));
  EXPECT_THAT(faults_of("[[http]]\nport = 1"), ElementsAre(HasSubstr("http is a section; write [http]")));
  EXPECT_THAT(faults_of("http.address = \"localhost\""), ElementsAre(HasSubstr("is no address")));
  EXPECT_THAT(faults_of("http.address = \"unix:run/x\""), ElementsAre(HasSubstr("must have an absolute path")));
  EXPECT_THAT(faults_of("admin.address = \"unix:@x\""), ElementsAre(HasSubstr("is an abstract socket")));
  EXPECT_THAT(faults_of("http.address = \"unix:/run/\""), ElementsAre(HasSubstr("name of a file")));
  EXPECT_THAT(faults_of("http.address = \"unix:/" + std::string(107, 'x') + '"'), ElementsAre(HasSubstr("107 bytes")));
  EXPECT_THAT(faults_of("http.address = \"unix:/" + std::string(106, 'x') + '"'), IsEmpty());
  for (const char* mode : {"660", "0777", "0600"})
    EXPECT_THAT(faults_of("http.socket_mode = \"" + std::string(mode) + '"'), IsEmpty());
  for (const char* mode : {"", "0x1b0", "1777", "0860", "0060", "rw"})
    EXPECT_THAT(faults_of("admin.socket_mode = \"" + std::string(mode) + '"'), ElementsAre(HasSubstr("is no mode")));
  for (const auto* address : {"127.0.0.1%lo", "0.0.0.0%", "127.0.0.1 ", "%lo", "127.1"}) {
    EXPECT_THAT(faults_of("http.address = \"" + std::string(address) + '"'),
                ElementsAre(AllOf(HasSubstr("http.address"), HasSubstr("is no address"))))
        << address;
  }
  EXPECT_THAT(faults_of("http.address = \"fe80::1%lo\""), ElementsAre());
  EXPECT_THAT(faults_of("storage.sqlite.path = \"\""), ElementsAre(HasSubstr("both empty")));
  EXPECT_THAT(faults_of("storage.sqlite.path = \"a\\u0000b\""), ElementsAre(HasSubstr("NUL")));
}

// Broken TOML is told with its place, without false findings about what could not be read.
TEST(Faults, TellBrokenToml) {
  EXPECT_THAT(faults_of("[http]\nport = 1\nport = 2\n"), ElementsAre(StartsWith("FILE:3:")));
  EXPECT_THAT(faults_of("[http\nport = 1\n"), ElementsAre(StartsWith("FILE:1:")));
  EXPECT_THAT(faults_of("[http]\nport = \n"), ElementsAre(StartsWith("FILE:2:")));
  EXPECT_THAT(faults_of("# \xff\xfe\n"), ElementsAre(StartsWith("FILE:1:")));
}

// A file that can't be read says so by name.
TEST(Faults, TellUnreadableFiles) {
  EXPECT_THAT(
      load("/nonexistent/x.toml", {}).faults,
      ElementsAre(AllOf(StartsWith("/nonexistent/x.toml: cannot be read: No such file"), HasSubstr("--config"))));
  EXPECT_THAT(load("/tmp", {}).faults, ElementsAre(HasSubstr("Is a directory")));
  EXPECT_THAT(load("", {}).faults, ElementsAre(HasSubstr("No such file")));
  EXPECT_THAT(load("/dev/zero", {}).faults, ElementsAre(HasSubstr("larger than 1MiB")));
  if (::geteuid() == 0) return;  // root reads everything
  const text_file file("");
  ASSERT_EQ(::chmod(file.path().c_str(), 0), 0);
  EXPECT_THAT(load(file.path(), {}).faults, ElementsAre(HasSubstr("Permission denied")));
}

// A pipe is refused without waiting for what it may hold one day; a device is read like a file.
TEST(Faults, RefusePipes) {
  const auto path = testing::TempDir() + "sundown-pipe-" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(load(path, {}).faults, ElementsAre(HasSubstr("is a pipe; it must be a file")));
  const int writer = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  EXPECT_THAT(load(path, {}).faults, ElementsAre(HasSubstr("is a pipe")));
  ::close(writer);
  std::remove(path.c_str());
  EXPECT_THAT(load("/dev/null", {}).faults, ElementsAre());
}

// SQLite's names that are no files would lose the data or hide them: none is taken for one, and none is read as a URI.
TEST(Faults, RefuseDatabasesThatAreNoFiles) {
  const auto refused = [](const char* name) { return faults_of_variable("SUNDOWN_STORAGE__SQLITE__PATH", name); };
  EXPECT_THAT(refused("file:x?mode=memory"), ElementsAre(HasSubstr("storage.sqlite.path is a URI")));
  EXPECT_THAT(refused("file:/data/shop.db"), ElementsAre(HasSubstr("is a URI")));
  EXPECT_THAT(refused(":memory:"), ElementsAre(HasSubstr("would lose everything")));
  EXPECT_THAT(refused("data/"), ElementsAre(HasSubstr("is a directory")));
  EXPECT_THAT(refused(""), ElementsAre(HasSubstr("both empty")));
  for (const auto* name : {"./file:x", "a?mode=memory&cache=shared", "/data/:memory:", "shop#1.db", "a%20b", " "})
    EXPECT_THAT(refused(name), ElementsAre()) << name;
  const environment with_mongodb{{"SUNDOWN_STORAGE__SQLITE__PATH", ""},
                                 {"SUNDOWN_STORAGE__MONGODB__URI", "mongodb://h"}};
  EXPECT_THAT(load(std::nullopt, with_mongodb).faults, ElementsAre());
}

// A finding of a check over several keys is where the values came from: each variable, each place in the file.
TEST(Faults, SayWhereAFindingCameFrom) {
  const text_file file("[http]\nport = 9000\n[log]\nlevel = \"info\"\n");
  const auto found = [&file](const environment& variables, std::string sentence = {}) {
    auto keys = common_keys();
    if (!sentence.empty()) keys.check("http", [=](const config&) { return std::vector{sentence}; });
    auto faults = load(file.path(), variables, keys).faults;
    const auto& path = file.path();
    for (auto& each : faults)
      for (std::size_t at; (at = each.find(path)) != std::string::npos;) each.replace(at, path.size(), "FILE");
    return faults;
  };
  EXPECT_THAT(found({{"SUNDOWN_HTTP__PORT", "8081"}}), ElementsAre(StartsWith("SUNDOWN_HTTP__PORT: http.port and")));
  EXPECT_THAT(found({{"SUNDOWN_ADMIN__PORT", "9000"}}),
              ElementsAre(StartsWith("SUNDOWN_ADMIN__PORT, FILE:2:8: http.port and admin.port are both 9000")));
  EXPECT_THAT(found({}, "http.port is odd."), ElementsAre("FILE:2:8: http.port is odd."));
  EXPECT_THAT(found({{"SUNDOWN_HTTP__PORT", "1"}}, "http.port is odd"),
              ElementsAre("SUNDOWN_HTTP__PORT: http.port is odd"));
  EXPECT_THAT(found({}, "http.workers is odd"), ElementsAre("configuration: http.workers is odd"));
  EXPECT_THAT(found({}, "http.ports, xhttp.port, http.port.x, a.http.port: no key"),
              ElementsAre(StartsWith("configuration: ")));
}

// The same for the plan of the stop: each figure that doesn't fit leads to where it was set.
TEST(Faults, SayWhereAPlanCameFrom) {
  auto keys = common_keys();
  keys.check("shutdown", [](const config& given) { return stop::faults(given.shutdown); });
  EXPECT_THAT(load(std::nullopt, {{"SUNDOWN_SHUTDOWN__DRAIN", "20s"}}, keys).faults,
              ElementsAre(StartsWith("SUNDOWN_SHUTDOWN__DRAIN: shutdown.drain 20s")));
  EXPECT_THAT(load(std::nullopt, {{"SUNDOWN_SHUTDOWN__BACKGROUND", "20s"}}, keys).faults,
              ElementsAre(StartsWith("SUNDOWN_SHUTDOWN__BACKGROUND: no time is left")));
  EXPECT_THAT(load(std::nullopt, {{"SUNDOWN_SHUTDOWN__READY_DELAY__MIN", "2s"}}, keys).faults,
              ElementsAre(StartsWith("SUNDOWN_SHUTDOWN__READY_DELAY__MIN: shutdown.ready_delay.min")));
}

// A variable that is a key's but for case or the number of underscores is meant to be one; what container platforms
// make of a service's name is not.
TEST(Faults, TellMistakenVariables) {
  for (const auto* name : {"SUNDOWN_HTTP_PORT", "sundown_http__port", "SUNDOWN__HTTP__PORT", "SUNDOWN_HTTP___PORT"})
    EXPECT_THAT(faults_of_variable(name, "1"),
                ElementsAre(AllOf(StartsWith(name), HasSubstr("(did you mean 'SUNDOWN_HTTP__PORT'?)"))));
  EXPECT_THAT(faults_of_variable("SUNDOWN_SHUTDOWN_READY_DELAY_MIN", "1s"),
              ElementsAre(HasSubstr("'SUNDOWN_SHUTDOWN__READY_DELAY__MIN'")));
  EXPECT_THAT(faults_of_variable("SUNDOWN_HTTP_PORT", "tcp://10.0.0.1:80"), ElementsAre());
  for (const auto* name : {"SUNDOWN_PORT", "SUNDOWN_SERVICE_HOST", "SUNDOWN_PORT_80_TCP_ADDR",
                           "SUNDOWN_UPGRADE_CHANNEL", "SUNDOWN_TEST_HTTP__PORT", "SUNDOWNER", "SUNDOWN_", "HTTP__PORT"})
    EXPECT_THAT(faults_of_variable(name, "1"), ElementsAre()) << name;
}

// A secret is in no fault, and the mask that stands for one is not taken for it.
TEST(Faults, KeepSecrets) {
  EXPECT_THAT(faults_of_variable("SUNDOWN_ADMIN__TOKEN", "hunter2 hunter2"),
              ElementsAre(AllOf(HasSubstr("no header field"), Not(HasSubstr("hunter2")))));
  EXPECT_THAT(faults_of("admin.token = \"***\""), ElementsAre(HasSubstr("mask")));
}

// Two listeners on one port would steal each other's connections.
TEST(Faults, TellASharedPort) {
  EXPECT_THAT(faults_of("http.port = 8081"), ElementsAre(HasSubstr("http.port and admin.port are both 8081")));
  EXPECT_THAT(faults_of("http.port = 8081\nhttp.address = \"::\""), ElementsAre(HasSubstr("both 8081")));
  EXPECT_THAT(faults_of("http.port = 8081\nhttp.address = \"10.0.0.1\""), ElementsAre());
  EXPECT_THAT(faults_of("http.port = 0\nadmin.port = 0"), ElementsAre());
}

}  // namespace
}  // namespace sundown::configuration
