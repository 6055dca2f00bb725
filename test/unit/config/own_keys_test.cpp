// A service's own keys: everything that the common ones have, for each kind.
#include "config/command_line.hpp"
#include "config/print.hpp"
#include "unit/config/shop_keys.hpp"
#include "unit/config/text_file.hpp"

#include <gmock/gmock.h>

#include <sstream>

namespace sundown::configuration {
namespace {

using namespace std::chrono_literals;
using namespace test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class OwnKeys : public testing::Test {
 protected:
  static const shop_settings& own(const settings& all) { return *static_cast<const shop_settings*>(all.own.get()); }
  loaded read(std::string_view toml, const environment& variables = {}) const {
    const text_file file(toml);
    auto got = load(table, file.path(), variables);
    for (auto& each : got.faults)
      for (std::size_t at; (at = each.find(file.path())) != each.npos;) each.replace(at, file.path().size(), "FILE");
    return got;
  }
  std::vector<std::string> faults(std::string_view toml, const environment& variables = {}) const {
    return read(toml, variables).faults;
  }
  std::string printed(std::string_view toml) const { return print(table, read(toml).values); }

  const key_table table{shop, common_keys(), shop_keys().erased()};
};

/// What each kind does, by one key of it.
const struct {
  std::string key, in_file, in_environment, printed, default_cell, allowed_cell;
  std::string wrong_in_file, its_fault, wrong_in_environment, fault_there;
} kinds[] = {
    {"orders.file", "\"a.db\"", "a.db", "\"a.db\"", "`\"orders.db\"`", "any text",  //
     "7", "is a bare number; it must be a text in quotes", std::string("a\0b", 3), "holds a NUL character"},
    {"orders.api_key", "\"hunter2\"", "hunter2", "\"***\"", "`\"\"`", "any text",  //
     "true", "is a truth value; it must be a text in quotes", "***", "has the mask that --print-config writes"},
    {"orders.payment", "\"amqp://me:hunter2@broker:5672/\"", "amqp://me:hunter2@broker:5672/\n",
     "\"amqp://me:***@broker:5672/\"", "`\"https://pay.example/v1\"`",
     "a URL that begins with https:// or amqp://, or nothing",  //
     "\"ftp://host\"", "is no URL that begins with https:// or amqp://", "https://me:x@hunter2@host",
     "has more than one '@'"},
    {"orders.page", "20", "20", "20", "`50`", "from 1 to 500",  //
     "\"20\"", "is a text in quotes; it must be a whole number", "501", "is 501; it must be from 1 to 500"},
    {"orders.body", "\"2KiB\"", "2048", "\"2KiB\"", "`\"64KiB\"`", "from 1KiB to 1MiB",  //
     "[]", "is an array; it must be a size", "2GiB", "is 2GiB; it must be from 1KiB to 1MiB"},
    {"orders.patience", "\"1.5s\"", "1500ms", "\"1.5s\"", "`\"2s\"`", "from 100ms to 1h",  //
     "8", "is a bare number; a duration has a unit", "1ms", "is 1ms; it must be from 100ms to 1h"},
    {"orders.strict", "true", "true", "true", "`false`", "true or false",  //
     "1", "is a bare number; it must be true or false", "yes", "must be true or false"},
    {"orders.mode", "\"safe\"", "safe", "\"safe\"", "`\"fast\"`", "\"fast\" or \"safe\"",  //
     "3", "is a bare number; it must be a text in quotes", "SAFE", "must be \"fast\" or \"safe\""},
    {"orders.pricing.currency", "\"usd\"", "usd", "\"usd\"", "`\"eur\"`", "\"eur\" or \"usd\"",  //
     "{}", "is a section", "pound", "must be \"eur\" or \"usd\""},
    {"orders.pricing.discount", "10", "10", "10", "not set", "from 1 to 90",  //
     "0", "is 0; it must be from 1 to 90", "-1", "is -1; it must be from 1 to 90"},
    {"orders.origins", "[\"https://b\", \"https://c,d\"]", "https://b,  https://e ", "[\"https://b\", \"https://c,d\"]",
     "`[\"https://a.example\"]`", "texts, each a URL of https",  //
     "[1]", "is an array; it must be an array of texts, such as [\"a\", \"b\"]", "https://b,http://c",
     "has a text that is not a URL of https"},
    {"orders.nested.depth", "-5", "-5", "-5", "`3`", "from -5 to 127",  //
     "1.5", "is a number with a point; it must be a whole number", "128", "is 128; it must be from -5 to 127"},
    {"mail.sender", "\"a@b\"", "a@b", "\"a@b\"", "`\"orders@example.org\"`", "an address of mail",  //
     "\"a\"", "is no address of mail", "a", "is no address of mail"},
};

std::string variable_of(const key_table& table, const std::string& name) { return table.variable(*table.find(name)); }

// Every key is in the list above.
TEST_F(OwnKeys, AreAllTested) {
  const auto own_keys = shop_keys();
  std::vector<std::string> tested, all;
  for (const auto& kind : kinds) tested.push_back(kind.key);
  for (const auto& each : own_keys.erased().keys()) all.push_back(each.name);
  EXPECT_THAT(tested, testing::UnorderedElementsAreArray(all));
}

// A value from the file reaches the member that its key names, and that one only; so does one from the environment.
TEST_F(OwnKeys, AreReadFromFileAndEnvironment) {
  for (const auto& kind : kinds) {
    const auto from_file = read(kind.key + " = " + kind.in_file);
    EXPECT_THAT(from_file.faults, IsEmpty()) << kind.key;
    const auto from_environment = read("", {{variable_of(table, kind.key), kind.in_environment}});
    EXPECT_THAT(from_environment.faults, IsEmpty()) << kind.key;
    for (const auto* got : {&from_file, &from_environment}) {
      const auto changed = changed_keys(table, table.defaults(), got->values);
      ASSERT_EQ(changed.size(), 1u) << kind.key;
      EXPECT_EQ(changed[0].name, kind.key);
    }
  }
}

// The values are those of the struct.
TEST_F(OwnKeys, AreTheStructs) {
  const auto got = read(
      "[orders]\nfile = \"a\"\napi_key = \"k\"\npage = 20\nbody = 2048\npatience = \"1.5s\"\nstrict = true\n"
      "mode = \"safe\"\norigins = [\"https://b\", \"https://c,d\"]\nnested.depth = -5\npayment = \"\"\n"
      "[orders.pricing]\ncurrency = \"usd\"\n",
      {{"SHOP_1_ORDERS__PRICING__DISCOUNT", "10"}, {"SHOP_1_MAIL__SENDER", "a@b"}, {"SHOP_1_HTTP__PORT", "9000"}});
  ASSERT_THAT(got.faults, IsEmpty());
  const auto& all = own(got.values);
  EXPECT_EQ(all.orders.file, "a");
  EXPECT_EQ(all.orders.api_key, "k");
  EXPECT_EQ(all.orders.payment, "");
  EXPECT_EQ(all.orders.page, 20);
  EXPECT_EQ(all.orders.body, 2048u);
  EXPECT_EQ(all.orders.patience, 1500ms);
  EXPECT_TRUE(all.orders.strict);
  EXPECT_EQ(all.orders.mode, "safe");
  EXPECT_THAT(all.orders.origins, ElementsAre("https://b", "https://c,d"));
  EXPECT_EQ(all.orders.nested.inner.depth, -5);
  EXPECT_EQ(all.orders.pricing.money, currency::usd);
  EXPECT_EQ(all.orders.pricing.discount, 10u);
  EXPECT_EQ(all.mail.sender, "a@b");
  EXPECT_EQ(got.values.common.http.port, 9000);
}

// In the environment a list's texts are parted by commas; spaces around them don't count, and none may be empty.
TEST_F(OwnKeys, ListsArePartedByCommas) {
  const auto listed = [&](std::string text) {
    return own(read("", {{"SHOP_1_ORDERS__ORIGINS", std::move(text)}}).values).orders.origins;
  };
  EXPECT_THAT(listed("https://b,  https://e "), ElementsAre("https://b", "https://e"));
  EXPECT_THAT(listed(" "), IsEmpty());
  for (const auto* text : {"https://b,", ",https://b", "https://b,,https://c", ","})
    EXPECT_THAT(faults("", {{"SHOP_1_ORDERS__ORIGINS", text}}), ElementsAre(HasSubstr("before or behind a comma")));
  EXPECT_THAT(own(read("orders.origins = []").values).orders.origins, IsEmpty());
}

// A wrong value is told with where it is, in the file or in the environment, and leaves the default.
TEST_F(OwnKeys, TellWrongValues) {
  for (const auto& kind : kinds) {
    const auto in_file = read(kind.key + " = " + kind.wrong_in_file);
    EXPECT_THAT(in_file.faults,
                ElementsAre(AllOf(StartsWith("FILE:1:" + std::to_string(kind.key.size() + 4) + ": " + kind.key + ' '),
                                  HasSubstr(kind.its_fault))));
    const auto variable = variable_of(table, kind.key);
    const auto outside = read("", {{variable, kind.wrong_in_environment}});
    EXPECT_THAT(outside.faults, ElementsAre(StartsWith(variable + ": " + kind.key + ' ' + kind.fault_there)));
    for (const auto* got : {&in_file, &outside}) {
      EXPECT_THAT(changed_keys(table, table.defaults(), got->values), IsEmpty()) << kind.key;
      EXPECT_THAT(got->unknown, ElementsAre(kind.key));
      EXPECT_THAT(got->faults[0], Not(HasSubstr("hunter2")));
    }
  }
}

// A misspelt key, section or variable is answered with the one that was probably meant, of all keys.
TEST_F(OwnKeys, AreSuggested) {
  for (const auto& kind : kinds) {
    EXPECT_THAT(faults(kind.key + "x = 1"), ElementsAre(HasSubstr("(did you mean '" + kind.key + "'?)")));
    const auto variable = variable_of(table, kind.key);
    EXPECT_THAT(faults("", {{variable + "X", "1"}}), ElementsAre(HasSubstr("(did you mean '" + variable + "'?)")));
  }
  EXPECT_THAT(faults("[ordes]\npage = 1"), ElementsAre("FILE:1:2: unknown key 'ordes' (did you mean 'orders'?)"));
  EXPECT_THAT(faults("[orders]\nporicing.discount = 1"), ElementsAre(HasSubstr("'orders.pricing'")));
  EXPECT_THAT(faults("orders.prot = 1\nhttp.prot = 1"),
              testing::UnorderedElementsAre(HasSubstr("orders.prot"), HasSubstr("(did you mean 'http.port'?)")));
  EXPECT_THAT(faults("", {{"SHOP_1_ORDERS_PAGE", "1"}}), ElementsAre(HasSubstr("'SHOP_1_ORDERS__PAGE'")));
  EXPECT_THAT(faults("", {{"SHOP_1_PORT", "1"}, {"SUNDOWN_ORDERS__PAGE", "x"}, {"SHOP_1_TEST_X__Y", "1"}}), IsEmpty());
  EXPECT_THAT(faults("orders = 1"), ElementsAre(HasSubstr("orders is a section; write [orders]")));
}

// What is printed reads back, with each section once and the common keys first; secrets are masked.
TEST_F(OwnKeys, ArePrinted) {
  for (const auto& kind : kinds) {
    const auto text = printed(kind.key + " = " + kind.in_file);
    const auto leaf = kind.key.substr(kind.key.rfind('.') + 1);
    EXPECT_THAT(text, HasSubstr('\n' + leaf + " = " + kind.printed + '\n'));
    EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  }
  const auto text = printed("orders.pricing.discount = 5");
  EXPECT_THAT(text, StartsWith("[http]\n"));
  EXPECT_THAT(text, HasSubstr("\n[orders]\nfile = \"orders.db\"\n"));
  EXPECT_THAT(text, HasSubstr("\n[orders.nested]\ndepth = 3\n"));
  EXPECT_THAT(text, HasSubstr("\n[mail]\nsender = "));
  EXPECT_THAT(printed(""), HasSubstr("\n# discount (not set)\n"));
  EXPECT_THAT(faults(text), IsEmpty());
  EXPECT_EQ(printed(text), text);
}

// The table has a row for each key, the common ones first.
TEST_F(OwnKeys, AreInTheTable) {
  const auto text = markdown_table(table);
  for (const auto& kind : kinds)
    EXPECT_THAT(text, HasSubstr("\n| `" + kind.key + "` | " + kind.default_cell + " | " + kind.allowed_cell + " | "));
  EXPECT_THAT(text, HasSubstr("| The database \\| file |\n"));
  EXPECT_THAT(text, HasSubstr("| Orders in one answer (SIGHUP reloads it) |\n"));
  EXPECT_THAT(text, HasSubstr("| For the payment provider (secret) |\n"));
  EXPECT_LT(text.find("`http.address`"), text.find("`orders.file`"));
}

// A reload tells of each key whether its change takes effect.
TEST_F(OwnKeys, AreReloadedOrNeedARestart) {
  const auto after = read("orders.page = 1\norders.file = \"b\"\nmail.sender = \"@\"\nlog.level = \"off\"");
  std::vector<std::pair<std::string, bool>> got;
  for (const auto& each : changed_keys(table, table.defaults(), after.values))
    got.emplace_back(each.name, each.reloadable);
  EXPECT_THAT(got, ElementsAre(std::pair("log.level", true), std::pair("orders.file", false),
                               std::pair("orders.page", true), std::pair("mail.sender", true)));
}

// Loading makes new settings each time: what a reload reads changes nothing of what is in use.
TEST_F(OwnKeys, AreReadIntoNewSettings) {
  const auto before = read("orders.page = 1"), after = read("orders.page = 2");
  EXPECT_EQ(own(before.values).orders.page, 1);
  EXPECT_EQ(own(after.values).orders.page, 2);
}

// Flags, messages and exit codes are the program's own, and name nothing else.
TEST_F(OwnKeys, ServeTheCommandLine) {
  const auto asked = [&](std::vector<const char*> arguments, const environment& variables, int code) {
    arguments.insert(arguments.begin(), "/usr/bin/other");
    std::ostringstream out, err;
    auto what = parse(static_cast<int>(arguments.size()), arguments.data(), shop, out, err);
    EXPECT_EQ(std::get<int>(prepare(what, variables, table, out, err)), code);
    EXPECT_THAT(out.str() + err.str(), Not(HasSubstr("sundown")));
    return std::pair(out.str(), err.str());
  };
  const environment bad{{"SHOP_1_ORDERS__PAGE", "0"}};
  EXPECT_EQ(asked({"--version"}, {}, 0).first, "shop-1 0.1.0\n");
  EXPECT_THAT(asked({"--help"}, {}, 0).first,
              AllOf(StartsWith("Takes orders.\n"), HasSubstr("Usage: shop-1"), HasSubstr("SHOP_1_HTTP__PORT=8080")));
  EXPECT_THAT(asked({"--port"}, {}, 2).second, AllOf(StartsWith("shop-1: "), HasSubstr("Usage: shop-1")));
  EXPECT_EQ(asked({"--check-config"}, {}, 0), std::pair(std::string(), std::string()));
  EXPECT_EQ(asked({"--check-config"}, bad, 2).second,
            "shop-1: SHOP_1_ORDERS__PAGE: orders.page is 0; it must be from 1 to 500\n");
  EXPECT_THAT(asked({"--print-config"}, {}, 0).first, HasSubstr("[orders]\n"));
  EXPECT_EQ(asked({"--print-config=markdown"}, bad, 0).first, markdown_table(table));
  EXPECT_THAT(asked({"--print-config=html"}, {}, 2).second, HasSubstr("must have no value, or =markdown"));
  EXPECT_THAT(asked({"--print-config", "markdown"}, {}, 2).second, HasSubstr("Usage"));
}

}  // namespace
}  // namespace sundown::configuration
