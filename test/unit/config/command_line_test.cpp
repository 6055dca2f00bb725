#include "config/command_line.hpp"
#include "unit/config/common_table.hpp"
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
  auto asked = parse(static_cast<int>(arguments.size()), arguments.data(), common_table().identity(), out, err);
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
  EXPECT_TRUE(refused({"--config", "a", "--config", "b"}));
  EXPECT_THAT(parsed({"--prot"}).err, HasSubstr("--prot"));
}

// A healthcheck that is asked for wrongly ends with 1: engines have reserved 2.
TEST(CommandLine, RefusesAWrongHealthcheckWithOne) {
  for (const auto& got : {parsed({"healthcheck", "--check-config"}), parsed({"healthcheck", "now"}),
                          parsed({"healthcheck", "--prot"}), parsed({"healthcheck", "--config"})}) {
    EXPECT_EQ(got.asked.exit, 1);
    EXPECT_THAT(got.err, HasSubstr("Usage: sundown"));
  }
}

std::variant<settings, int> prepared(const command_line& asked, std::string& out, std::string& err,
                                     const environment& variables = {}) {
  std::ostringstream to_out, to_err;
  auto got = prepare(asked, variables, common_table(), to_out, to_err);
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
    EXPECT_EQ(std::get<settings>(prepared({what, file.path(), {}}, out, err)).common.http.port, 9000);
  EXPECT_THAT(out + err, IsEmpty());
}

// A faulty one ends each of them with 2 and every fault on stderr.
TEST(CommandLine, RefusesAFaultyConfiguration) {
  for (const auto what : {action::check_config, action::print_config, action::serve}) {
    std::string out, err;
    const environment variables{{"SUNDOWN_HTTP__PORT", "x"}, {"SUNDOWN_LOG__LEVEL", "x"}};
    EXPECT_EQ(std::get<int>(prepared({what, {}, {}}, out, err, variables)), 2);
    EXPECT_THAT(err, HasSubstr("http.port is no number"));
    EXPECT_THAT(err, HasSubstr("log.level must be"));
    EXPECT_THAT(out, IsEmpty());
  }
}

// A healthcheck needs to know whom to ask and nothing else: what hides admin.address or admin.port ends it, with 1.
TEST(CommandLine, AsksTheHealthInSpiteOfOtherFaults) {
  const struct {
    std::string_view toml;
    environment variables;
    bool asks;
  } table[] = {
      {"[admin]\nport = 9001\n[http]\nprot = 1\n", {}, true},
      {"[admin]\nport = 9001\ntokn = \"x\"\n", {}, true},
      {"[admin]\nport = 9001\ntoken = \"a b\"\n", {}, true},
      {"[admin]\nport = 9001\n[http]\nport = 9001\n", {}, true},
      {"[admin]\nport = 9001\n[shutdown]\ndrain = \"1h\"\n", {{"SUNDOWN_LOG__LEVEL", "loud"}}, true},
      {"admin.port = \"x\"", {}, false},
      {"admin.port = \"x\"", {{"SUNDOWN_ADMIN__PORT", "9001"}}, true},
      {"admin.port = 9001\nadmin.address = \"here\"", {}, false},
      {"admin.port = 9001", {{"SUNDOWN_ADMIN__PORT", "x"}}, false},
      {"[http\n", {}, false},
      {"[http\n", {{"SUNDOWN_ADMIN__PORT", "9001"}}, false},
      {"[http\n", {{"SUNDOWN_ADMIN__PORT", "9001"}, {"SUNDOWN_ADMIN__ADDRESS", "::1"}}, true},
  };
  for (const auto& [toml, variables, asks] : table) {
    const test::text_file file(toml);
    std::string out, err;
    const auto got = prepared({action::healthcheck, file.path(), {}}, out, err, variables);
    if (asks) {
      ASSERT_TRUE(std::holds_alternative<settings>(got)) << toml << err;
      EXPECT_EQ(std::get<settings>(got).common.admin.port, 9001) << toml;
    } else {
      ASSERT_TRUE(std::holds_alternative<int>(got)) << toml;
      EXPECT_EQ(std::get<int>(got), 1) << toml;
      EXPECT_THAT(err, HasSubstr("sundown: ")) << toml;
    }
  }
}

// An answer that can't be written is none: exit code 1, and the fault on stderr.
TEST(CommandLine, FailsWhenItsAnswerIsLost) {
  std::ostream full(nullptr);
  for (const auto* flag : {"--help", "--version"}) {
    const char* arguments[] = {"sundown", flag};
    std::ostringstream err;
    EXPECT_EQ(parse(2, arguments, common_table().identity(), full, err).exit, 1) << flag;
    EXPECT_THAT(err.str(), HasSubstr("cannot write to stdout")) << flag;
  }
  std::ostringstream err;
  EXPECT_EQ(std::get<int>(prepare({action::print_config, {}, {}}, {}, common_table(), full, err)), 1);
  EXPECT_THAT(err.str(), HasSubstr("cannot write to stdout"));
}

// A fault that quotes what was given shows all of it, and does nothing to the terminal.
TEST(CommandLine, EscapesWhatItQuotes) {
  const std::string hidden = "\x1b]0;title\x07\xe2\x80\xae\xff\n";
  std::string out, err;
  const test::text_file file("\"a\\u202e\\u001b\" = 1\n");
  prepared({action::check_config, file.path(), {}}, out, err, {{"SUNDOWN_HTTP__" + hidden, "x"}});
  err += parsed({"--config", ("x" + hidden).c_str(), ("--" + hidden).c_str()}).err;
  std::string unused, missing;
  prepared({action::check_config, "/nowhere/" + hidden, {}}, unused, missing);
  err += missing;
  for (std::size_t at; (at = err.find("\xef\xbf\xbd")) != std::string::npos;) err.erase(at, 3);
  for (const char c : err) ASSERT_TRUE(c == '\n' || (c >= ' ' && c < '\x7f')) << err;
  EXPECT_THAT(err, HasSubstr("\\u202e"));
}

// What the parser has said already is only passed on.
TEST(CommandLine, PassesTheExitOn) {
  std::string out, err;
  EXPECT_EQ(std::get<int>(prepared({action::serve, "/nonexistent", 0}, out, err)), 0);
  EXPECT_THAT(out + err, IsEmpty());
}

}  // namespace
}  // namespace sundown::configuration
