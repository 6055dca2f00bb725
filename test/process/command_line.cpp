// The flags, the configuration's sources and their precedence.
#include "process/scenario.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct outcome {
  int code;
  std::string out, err;
};

/// Runs the binary to its end.
outcome run_with(const service_options& options) {
  service app(options);
  const auto end = app.wait_exit();
  if (!end) throw std::runtime_error("it did not exit\n" + app.log());
  app.process().out().wait_end();
  app.process().err().wait_end();
  return {end->code, app.process().out().text(), app.process().err().text()};
}

outcome run(std::vector<std::string> arguments, settings environment = {}) {
  auto options = with(std::move(environment));
  options.arguments = std::move(arguments);
  return run_with(options);
}

/// A configuration file.
class file {
 public:
  explicit file(std::string_view text) { std::ofstream(path()) << text; }
  std::string path() const { return (directory_.path() / "service.toml").string(); }

 private:
  temp_dir directory_;
};

// --version says which one it is, on stdout.
TEST(CommandLine, PrintsItsVersion) {
  const auto done = run({"--version"});
  EXPECT_EQ(done.code, 0);
  EXPECT_EQ(done.out, "sundown " SUNDOWN_VERSION "\n");
}

// --help names every flag.
TEST(CommandLine, PrintsHelp) {
  const auto done = run({"--help"});
  EXPECT_EQ(done.code, 0);
  for (const auto* flag : {"--config", "--check-config", "--print-config", "--version", "--help"})
    EXPECT_THAT(done.out, HasSubstr(flag));
}

// An unknown flag is a usage error.
TEST(CommandLine, RefusesUnknownFlags) {
  const auto done = run({"--prot", "8080"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("--prot"));
}

// --check-config accepts a good file without starting anything.
TEST(CommandLine, ChecksAGoodFile) {
  const file good("[http]\nport = 8080\n[shutdown]\ntotal = \"5s\"\n");
  const auto done = run({"--check-config", "--config", good.path()});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, Not(HasSubstr("ready")));
}

// All faults come at once, each with its file and line and, for a misspelt key, the one that was meant; exit 2, whether
// it was only to check or to start.
TEST(CommandLine, TellsAllFaultsAtOnce) {
  const file bad("[http]\nprot = 8080\n\n[shutdown]\ntotal = \"8 parsecs\"\n");
  for (const auto& arguments : {std::vector<std::string>{"--check-config", "--config", bad.path()},
                                std::vector<std::string>{"--config", bad.path()}}) {
    const auto done = run(arguments);
    EXPECT_EQ(done.code, 2);
    EXPECT_THAT(done.err, AllOf(HasSubstr(bad.path() + ":2"), HasSubstr("did you mean"), HasSubstr("http.port")));
    EXPECT_THAT(done.err, AllOf(HasSubstr(bad.path() + ":5"), HasSubstr("shutdown.total")));
  }
}

// A file that isn't there, or isn't TOML, is a bad configuration.
TEST(CommandLine, RefusesUnreadableFiles) {
  const auto missing = run({"--config", "/nowhere/service.toml"});
  EXPECT_EQ(missing.code, 2);
  EXPECT_THAT(missing.err, HasSubstr("/nowhere/service.toml"));
  const file garbage("[http\nport");
  const auto broken = run({"--config", garbage.path()});
  EXPECT_EQ(broken.code, 2);
  EXPECT_THAT(broken.err, HasSubstr(garbage.path() + ":1"));
}

// A wrong or misspelt variable is told like a wrong key, by the variable's name.
TEST(CommandLine, RefusesBadVariables) {
  const auto done = run({"--check-config"}, {{"SUNDOWN_HTTP__PROT", "1"}, {"SUNDOWN_SHUTDOWN__TOTAL", "soon"}});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, AllOf(HasSubstr("SUNDOWN_HTTP__PROT"), HasSubstr("SUNDOWN_HTTP__PORT")));
  EXPECT_THAT(done.err, HasSubstr("SUNDOWN_SHUTDOWN__TOTAL"));
}

// A stop plan that doesn't fit in its total refuses to start.
TEST(CommandLine, RefusesAPlanThatDoesNotFit) {
  const auto done = run({}, {{"SUNDOWN_SHUTDOWN__TOTAL", "5s"}, {"SUNDOWN_SHUTDOWN__DRAIN", "9s"}});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, AllOf(HasSubstr("shutdown.drain"), HasSubstr("shutdown.total")));
}

// An answer that stdout doesn't take, since its disk is full or it is closed, is an error.
TEST(CommandLine, FailsWhenItsAnswerIsLost) {
  for (const auto* flag : {"--help", "--version", "--print-config", "--print-config=markdown"}) {
    for (const auto* redirection : {">/dev/full", ">&-", "</dev/null >&0"}) {
      service_options options;
      options.program = "/bin/sh";
      options.arguments = {"-c", std::string("exec \"$0\" ") + flag + ' ' + redirection, binary_path()};
      const auto done = run_with(options);
      EXPECT_EQ(done.code, 1) << flag << ' ' << redirection;
      EXPECT_THAT(done.err, HasSubstr("cannot write to stdout")) << flag << ' ' << redirection;
    }
  }
}

// --print-config shows what is in force, but no secret.
TEST(CommandLine, MasksSecrets) {
  const auto done = run({"--print-config"}, {{"SUNDOWN_ADMIN__TOKEN", "open-sesame"}});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr("[admin]"), HasSubstr("token")));
  EXPECT_THAT(done.out + done.err, Not(HasSubstr("open-sesame")));
}

// --print-config=markdown writes the table of all keys, the service's own among them, whatever is configured.
TEST(CommandLine, PrintsTheTableOfKeys) {
  const auto done = run({"--print-config=markdown"}, {{"SUNDOWN_HTTP__PORT", "x"}});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr("| key |"), HasSubstr("| `http.port` |"), HasSubstr("| `demo.enabled` |")));
}

// What the start would refuse of a storage server's URL, --check-config refuses, and neither shows a part of a secret.
TEST(CommandLine, RefusesUrlsThatNoServerHas) {
  const auto mongodb = "SUNDOWN_STORAGE__MONGODB__URI", redis = "SUNDOWN_STORAGE__REDIS__URL";
  for (const auto& [variable, url] : std::vector<std::pair<std::string, std::string>>{
           {mongodb, "mongodb://"},
           {mongodb, "mongodb://h/my.db"},
           {mongodb, "mongodb://h/?w=0"},
           {mongodb, "mongodb://h/?foo=hunter2"},
           {mongodb, "mongodb://h:99999999/"},
           {mongodb, "mongodb+srv://nodots/db"},
           {mongodb, "mongodb://me:hunter2%@h/"},
           {mongodb, "mongodb://me:top@hunter2@127.0.0.1:1/notes"},
           {mongodb, "mongodb://me:hunter2:x@h/"},
           {mongodb, "mongodb://me:x@h/ hunter2"},
           {mongodb, "mongodb://me:x@h/?tlsCertificateKeyFilePassword=x&hunter2=x"},
           {mongodb, "hunter2"},
           {redis, "redis://:top@hunter2@h"},
           {redis, "redis://:hunter2@h:x"},
           {redis, "redis://:hunter2\n@h"}}) {
    for (const auto& arguments : {std::vector<std::string>{"--check-config"}, {"--print-config"}, {}}) {
      const auto done = run(arguments, {{variable, url}});
      EXPECT_EQ(done.code, 2) << url;
      EXPECT_THAT(done.err, HasSubstr(variable == redis ? "storage.redis.url" : "storage.mongodb.uri")) << url;
      EXPECT_THAT(done.out + done.err, Not(HasSubstr("hunter2"))) << url;
    }
  }
}

// A URL from a file ends as the file does: one line end is cut off.
TEST(CommandLine, TakesAUrlWithTheLineEndOfItsFile) {
  for (const auto* end : {"\n", "\r\n", ""}) {
    const auto done =
        run({"--print-config"}, {{"SUNDOWN_STORAGE__MONGODB__URI", std::string("mongodb://host/notes") + end},
                                 {"SUNDOWN_STORAGE__REDIS__URL", std::string("redis://host") + end}});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.out, AllOf(HasSubstr("\"mongodb://host/notes\""), HasSubstr("\"redis://host\"")));
  }
  EXPECT_EQ(run({"--check-config"}, {{"SUNDOWN_STORAGE__REDIS__URL", "redis://host\n\n"}}).code, 2);
}

// What --print-config prints is a configuration file.
TEST(CommandLine, PrintsWhatItCanRead) {
  const auto printed = run({"--print-config"});
  const file again(printed.out);
  EXPECT_EQ(run({"--check-config", "--config", again.path()}).code, 0) << printed.out;
}

// The environment goes before the file, the file before the default.
TEST(CommandLine, EnvironmentGoesBeforeFileBeforeDefault) {
  const file given("[http]\nworkers = 3\nbacklog = 77\n");
  service_options options;
  options.unset = {"SUNDOWN_HTTP__WORKERS"};
  options.arguments = {"--print-config"};
  EXPECT_THAT(run_with(options).out, AllOf(HasSubstr("workers = 0\n"), HasSubstr("backlog = 4096\n")));
  options.arguments = {"--print-config", "--config", given.path()};
  EXPECT_THAT(run_with(options).out, AllOf(HasSubstr("workers = 3\n"), HasSubstr("backlog = 77\n")));
  options.environment = {{"SUNDOWN_HTTP__WORKERS", "5"}};
  EXPECT_THAT(run_with(options).out, AllOf(HasSubstr("workers = 5\n"), HasSubstr("backlog = 77\n")));
}

}  // namespace
}  // namespace sundown::test
