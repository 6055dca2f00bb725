// The flags, the configuration's sources and their precedence.
#include "process/outcome.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

outcome run(std::vector<std::string> arguments, settings environment = {}) {
  return run_to_end(with(std::move(environment)), std::move(arguments));
}

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
  const configuration_file good("[http]\nport = 8080\n[shutdown]\ntotal = \"5s\"\n");
  const auto done = run({"--check-config", "--config", good.path()});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, Not(HasSubstr("ready")));
}

// It tells of a time limit of requests that a stop would cut short, and accepts it.
TEST(CommandLine, TellsOfLongRequests) {
  for (const auto* limit : {"10s", "0s"}) {
    const auto done = run({"--check-config"}, {{"SUNDOWN_HTTP__REQUEST_TIMEOUT", limit}});
    EXPECT_EQ(done.code, 0);
    EXPECT_THAT(done.err, AllOf(HasSubstr("http.request_timeout is " + std::string(limit)), HasSubstr("4.5s")));
  }
  EXPECT_EQ(run({"--check-config"}, {{"SUNDOWN_HTTP__REQUEST_TIMEOUT", "4s"}}).err, "");
  EXPECT_EQ(run({"--check-config"}).err, "");
}

// All faults come at once, each with its file and line and, for a misspelt key, the one that was meant; exit 2, whether
// it was only to check or to start.
TEST(CommandLine, TellsAllFaultsAtOnce) {
  const configuration_file bad("[http]\nprot = 8080\n\n[shutdown]\ntotal = \"8 parsecs\"\n");
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
  const configuration_file garbage("[http\nport");
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
      const auto done = run_to_end(options);
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

// What --print-config prints is a configuration file.
TEST(CommandLine, PrintsWhatItCanRead) {
  const auto printed = run({"--print-config"});
  const configuration_file again(printed.out);
  EXPECT_EQ(run({"--check-config", "--config", again.path()}).code, 0) << printed.out;
}

// The environment goes before the file, the file before the default.
TEST(CommandLine, EnvironmentGoesBeforeFileBeforeDefault) {
  const configuration_file given("[http]\nworkers = 3\nbacklog = 77\n");
  service_options options;
  options.unset = {"SUNDOWN_HTTP__WORKERS"};
  options.arguments = {"--print-config"};
  EXPECT_THAT(run_to_end(options).out, AllOf(HasSubstr("workers = 0\n"), HasSubstr("backlog = 4096\n")));
  options.arguments = {"--print-config", "--config", given.path()};
  EXPECT_THAT(run_to_end(options).out, AllOf(HasSubstr("workers = 3\n"), HasSubstr("backlog = 77\n")));
  options.environment = {{"SUNDOWN_HTTP__WORKERS", "5"}};
  EXPECT_THAT(run_to_end(options).out, AllOf(HasSubstr("workers = 5\n"), HasSubstr("backlog = 77\n")));
}

// The PROXY protocol from nobody would refuse every connection: it asks for the proxies.
TEST(CommandLine, AsksForTheProxiesOfTheProxyProtocol) {
  const settings required{{"SUNDOWN_HTTP__PROXY_PROTOCOL", "require"}};
  const auto refused = run({"--check-config"}, required);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("http.trusted_proxies is empty"));
  auto trusting = required;
  trusting["SUNDOWN_HTTP__TRUSTED_PROXIES"] = "10.0.0.0/8, 2001:db8::/32";
  EXPECT_EQ(run({"--check-config"}, trusting).code, 0);
}

}  // namespace
}  // namespace sundown::test
