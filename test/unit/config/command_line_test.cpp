#include "config/command_line.hpp"
#include "unit/config/text_file.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace sundown::configuration {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using action = command_line::action;

struct outcome {
  command_line asked;
  std::string out, err;
};

outcome parsed(std::initializer_list<const char*> given) {
  std::vector<const char*> arguments{"sundown"};
  for (const auto* each : given) arguments.push_back(each);
  std::ostringstream out, err;
  auto asked = parse(static_cast<int>(arguments.size()), arguments.data(), "1.2.3", out, err);
  return {asked, out.str(), err.str()};
}

// Without arguments the service is served with its defaults.
TEST(CommandLine, ServesByDefault) {
  const auto got = parsed({});
  EXPECT_EQ(got.asked.what, action::serve);
  EXPECT_EQ(got.asked.config_file, std::nullopt);
  EXPECT_EQ(got.asked.exit, std::nullopt);
  EXPECT_THAT(got.out + got.err, IsEmpty());
}

// Each flag is understood, in both spellings of a value.
TEST(CommandLine, ReadsTheFlags) {
  EXPECT_EQ(parsed({"--config", "a.toml"}).asked.config_file, "a.toml");
  EXPECT_EQ(parsed({"--config=a.toml"}).asked.config_file, "a.toml");
  EXPECT_EQ(parsed({"--check-config"}).asked.what, action::check_config);
  EXPECT_EQ(parsed({"--print-config"}).asked.what, action::print_config);
  EXPECT_EQ(parsed({"healthcheck"}).asked.what, action::healthcheck);
  EXPECT_EQ(parsed({"healthcheck", "--config", "a.toml"}).asked.config_file, "a.toml");
  EXPECT_EQ(parsed({"--config", "a.toml", "healthcheck"}).asked.config_file, "a.toml");
}

// Help and version go to stdout and end with 0.
TEST(CommandLine, AnswersHelpAndVersion) {
  const auto version = parsed({"--version"});
  EXPECT_EQ(version.asked.exit, 0);
  EXPECT_EQ(version.out, "sundown 1.2.3\n");
  const auto help = parsed({"--help"});
  EXPECT_EQ(help.asked.exit, 0);
  for (const auto* flag : {"--config FILE", "--check-config", "--print-config", "--version", "--help"})
    EXPECT_THAT(help.out, HasSubstr(flag));
  EXPECT_THAT(help.err + version.err, IsEmpty());
}

// Wrong usage ends with 2, the fault and the usage on stderr.
TEST(CommandLine, RefusesWrongUsage) {
  const auto refused = [](std::initializer_list<const char*> arguments) {
    const auto got = parsed(arguments);
    return got.asked.exit == 2 && got.err.find("Usage: sundown") != std::string::npos && got.out.empty();
  };
  EXPECT_TRUE(refused({"--prot"}));
  EXPECT_TRUE(refused({"serve"}));
  EXPECT_TRUE(refused({"--config"}));
  EXPECT_TRUE(refused({"--check-config", "--print-config"}));
  EXPECT_TRUE(refused({"healthcheck", "--check-config"}));
  EXPECT_TRUE(refused({"healthcheck", "now"}));
  EXPECT_TRUE(refused({"--config", "a", "--config", "b"}));
  EXPECT_THAT(parsed({"--prot"}).err, HasSubstr("--prot"));
}

std::variant<config, int> prepared(const command_line& asked, std::string& out, std::string& err,
                                   const environment& variables = {}) {
  std::ostringstream to_out, to_err;
  auto got = prepare(asked, variables, {}, to_out, to_err);
  out = to_out.str();
  err = to_err.str();
  return got;
}

// A good configuration is checked with 0, printed with 0, or passed on to serve or to ask with.
TEST(CommandLine, PreparesAGoodConfiguration) {
  const test::text_file file("http.port = 9000\n");
  std::string out, err;
  EXPECT_EQ(std::get<int>(prepared({action::check_config, file.path(), {}}, out, err)), 0);
  EXPECT_EQ(std::get<int>(prepared({action::print_config, file.path(), {}}, out, err)), 0);
  EXPECT_THAT(out, HasSubstr("port = 9000\n"));
  for (const auto what : {action::serve, action::healthcheck})
    EXPECT_EQ(std::get<config>(prepared({what, file.path(), {}}, out, err)).http.port, 9000);
  EXPECT_THAT(out + err, IsEmpty());
}

// A faulty one ends each of them with 2 and every fault on stderr.
TEST(CommandLine, RefusesAFaultyConfiguration) {
  for (const auto what : {action::check_config, action::print_config, action::serve, action::healthcheck}) {
    std::string out, err;
    const environment variables{{"SUNDOWN_HTTP__PORT", "x"}, {"SUNDOWN_LOG__LEVEL", "x"}};
    EXPECT_EQ(std::get<int>(prepared({what, {}, {}}, out, err, variables)), 2);
    EXPECT_THAT(err, HasSubstr("http.port is no number"));
    EXPECT_THAT(err, HasSubstr("log.level must be"));
    EXPECT_THAT(out, IsEmpty());
  }
}

// What the parser has said already is only passed on.
TEST(CommandLine, PassesTheExitOn) {
  std::string out, err;
  EXPECT_EQ(std::get<int>(prepared({action::serve, "/nonexistent", 0}, out, err)), 0);
  EXPECT_THAT(out + err, IsEmpty());
}

}  // namespace
}  // namespace sundown::configuration
