// A service's tables of keys: rules across keys, sections, and the mistakes that a table can have.
#include "config/load.hpp"
#include "config/print.hpp"
#include "unit/config/shop_keys.hpp"
#include "unit/config/text_file.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace sundown::configuration {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// A rule across keys says where the values came from, and is not looked at while a key of its table has a fault.
TEST(OwnKeysChecks, LeadToTheValues) {
  auto own = shop_keys();
  own.check([](const shop_settings& all) -> std::vector<std::string> {
    if (all.orders.page < 100 || all.orders.mode == "safe") return {};
    return {"orders.page is " + std::to_string(all.orders.page) + "; with orders.mode \"fast\" it must be below 100"};
  });
  const key_table table(shop, common_keys(), own.erased());
  const text_file file("[orders]\nmode = \"fast\"\n");
  const auto faults = [&](const environment& variables) { return load(table, file.path(), variables).faults; };
  EXPECT_THAT(faults({}), IsEmpty());
  EXPECT_THAT(faults({{"SHOP_1_ORDERS__PAGE", "100"}}),
              ElementsAre(StartsWith(file.path() + ":2:8, SHOP_1_ORDERS__PAGE: orders.page is 100; ")));
  EXPECT_THAT(faults({{"SHOP_1_ORDERS__PAGE", "100"}, {"SHOP_1_MAIL__SENDER", "x"}}),
              ElementsAre(HasSubstr("no address of mail")));
  EXPECT_THAT(faults({{"SHOP_1_ORDERS__PAGE", "100"}, {"SHOP_1_LOG__LEVEL", "x"}}),
              testing::UnorderedElementsAre(HasSubstr("log.level"), HasSubstr("below 100")));
}

// The check of a part sees its part, and only a fault in the sections that it names keeps it from being looked at.
TEST(OwnKeysChecks, SeeTheirPart) {
  auto orders = order_keys();
  orders.check([](const order_settings& all) {
    return all.strict ? std::vector<std::string>{"orders.strict is no good"} : std::vector<std::string>();
  });
  keys<shop_settings> all;
  all.include(&shop_settings::orders, orders).check("mail", [](const shop_settings& given) {
    return given.orders.strict ? std::vector<std::string>{"too strict"} : std::vector<std::string>();
  });
  const key_table table(shop, common_keys(), all.erased());
  EXPECT_THAT(load(table, {}, {{"SHOP_1_ORDERS__STRICT", "true"}}).faults,
              ElementsAre("SHOP_1_ORDERS__STRICT: orders.strict is no good", "configuration: too strict"));
  EXPECT_THAT(load(table, {}, {{"SHOP_1_ORDERS__STRICT", "true"}, {"SHOP_1_ORDERS__PAGE", "x"}}).faults,
              ElementsAre(HasSubstr("orders.page"), "configuration: too strict"));
}

/// What the mistake in a table is told as.
template <class Make>
std::string mistake(Make make) {
  try {
    make();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "none";
}

// A mistake in the table is an exception that names the key and says what is wrong.
TEST(OwnKeysMistakes, AreTold) {
  using own = order_settings;
  const auto told = [](auto add, const char* section = "orders") {
    return mistake([&] {
      keys<own> table(section);
      add(table);
      key_table(shop, common_keys(), table.erased());
    });
  };
  EXPECT_EQ(told([](auto& to) { to.number(&own::page, "page", 1, 500, "Page"); }), "none");
  EXPECT_EQ(told([](auto& to) { to.number(&own::page, "page", 1, 500, "Page").flag(&own::strict, "page", "Strict"); }),
            "the key 'orders.page' is given twice");
  EXPECT_THAT(told([](auto& to) { to.number(&own::page, "port", 1, 500, "Page"); }, "http"),
              StartsWith("the key 'http.port' is one that every service has"));
  EXPECT_THAT(told([](auto& to) { to.number(&own::page, "http", 1, 500, "Page"); }, ""),
              HasSubstr("the key 'http' is in no section"));
  EXPECT_THAT(told([](auto& to) { to.number(&own::page, "address.x", 1, 500, "Page"); }, "http"),
              HasSubstr("the key 'http.address' is the section of the key 'http.address.x' too"));
  EXPECT_THAT(told([](auto& to) { to.flag(&own::strict, "blocking", "Page"); }, "storage"),
              HasSubstr("the key 'storage.blocking' is the section of"));
  for (const auto* name :
       {"", "Page", "1page", "pa__ge", "page_", "_page", "pa-ge", "a.", ".a", "a..b", "a b", "\xc3\xa4"})
    EXPECT_THAT(told([&](auto& to) { to.flag(&own::strict, name, "Page"); }), HasSubstr("can't be called so")) << name;
  for (const auto* section : {"Orders", "or ders", "orders.", "orders__x", "[orders]"})
    EXPECT_THAT(told([](auto&) {}, section), HasSubstr("can't be a section")) << section;
  EXPECT_THAT(told([](auto& to) { to.flag(&own::strict, "strict", ""); }),
              HasSubstr("'orders.strict' has no sentence"));
  EXPECT_THAT(told([](auto& to) { to.number(&own::page, "page", 9, 5, "Page"); }), HasSubstr("minimum above"));
  EXPECT_THAT(told([](auto& to) { to.number(&own::page, "page", 0, 49, "Page"); }),
              "the key 'orders.page' has a default that it doesn't allow: it must be from 0 to 49");
  EXPECT_THAT(told([](auto& to) {
                to.number([](own& all) -> auto& { return all.nested.inner.depth; }, "depth", 0, 128, "Depth");
              }),
              "the key 'orders.depth' has limits that its member can't hold");
  EXPECT_THAT(told([](auto& to) { to.size(&own::body, "body", -1, 1 << 20, "Body"); }), HasSubstr("can't hold"));
  EXPECT_THAT(told([](auto& to) { to.choice(&own::mode, "mode", {"slow"}, "Mode"); }), HasSubstr("has a default"));
  EXPECT_THAT(told([](auto& to) { to.choice(&own::mode, "mode", {}, "Mode"); }), HasSubstr("has no choices"));
  EXPECT_THAT(told([](auto& to) { to.url(&own::payment, "payment", {}, "URL"); }), HasSubstr("has no schemes"));
  EXPECT_THAT(told([](auto& to) { to.url(&own::payment, "payment", {"ftp"}, "URL"); }), HasSubstr("has a default"));
  EXPECT_THAT(told([](auto& to) { to.reloadable(); }), HasSubstr("no key yet"));
}

// A section may be one that has common keys, and a table may come in pieces: in a file each section begins once.
TEST(OwnKeysSections, AreOneEach) {
  keys<order_settings> own;
  own.flag(&order_settings::strict, "http.strict", "Strict")
      .number(&order_settings::page, "orders.page", 1, 500, "Page")
      .text(&order_settings::file, "mail.file", "File")
      .size(&order_settings::body, "orders.body", 0, 1 << 20, "Body");
  const key_table table(shop, common_keys(), own.erased());
  const auto text = print(table, table.defaults());
  for (const auto* section : {"[http]\n", "[orders]\npage = 50\nbody = \"64KiB\"\n", "[mail]\n"}) {
    EXPECT_THAT(text, HasSubstr(section));
    EXPECT_EQ(text.find(section), text.rfind(section));
  }
  const text_file file(text);
  EXPECT_THAT(load(table, file.path(), {}).faults, IsEmpty());
}

// A service may have no keys of its own.
TEST(OwnKeysSections, MayBeNone) {
  const key_table table(shop);
  EXPECT_EQ(table.defaults().own, nullptr);
  EXPECT_EQ(load(table, {}, {{"SHOP_1_HTTP__PORT", "1"}}).values.common.http.port, 1);
}

// Of a URL only what can't be a secret is shown, however it is broken.
TEST(OwnKeysUrls, AreMasked) {
  struct url_settings {
    std::string url;
  };
  keys<url_settings> own("own");
  own.url(&url_settings::url, "url", {"https", "postgres"}, text_rule(), "URL");
  const key_table table(shop, common_keys(), own.erased());
  const auto shown = [&](std::string url) {
    auto values = table.defaults();
    static_cast<url_settings*>(values.own.get())->url = std::move(url);
    const auto text = print(table, values);
    const std::string begin = "[own]\nurl = \"";
    const auto at = text.find(begin) + begin.size();
    return text.substr(at, text.find('"', at) - at);
  };
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown("https://api.example.com:8443/v1/orders"), "https://api.example.com:8443/v1/orders");
  EXPECT_EQ(shown("https://[::1]/"), "https://[::1]/");
  EXPECT_EQ(shown("https://me:hunter2@host/v1"), "https://me:***@host/v1");
  EXPECT_EQ(shown("https://me:hunter2:hunter2@host"), "https://me:***@host");
  EXPECT_EQ(shown("https://hunter2@host"), "https://***@host");
  EXPECT_EQ(shown("postgres://me:hunter2@one,two/db?sslmode=require"), "postgres://me:***@one,two/db?***");
  EXPECT_EQ(shown("https://host/v1;key=hunter2"), "https://host/***");
  EXPECT_EQ(shown("ftp://me:hunter2@host"), "***");
  EXPECT_EQ(shown("hunter2"), "***");
  for (const auto* rest :
       {"me:hunter2@",          "me:hunter2/@host",        "me:hunter2?@host/",  "me:x@hunter2@host/",
        "me:hunter2",           "me:hunter2/host",         "me:x%hunter2@host",  "me:x#hunter2@host",
        "h/?hunter2",           "me:x[hunter2@host",       "me:x\nhunter2@host", ":hunter2",
        "h/x?a=b&hunter2@host", "h/&password=hunter2",     "h/:hunter2",         "h/?w=1?password=hunter2",
        "h/?hunter2=1",         "h/?w=1;password=hunter2", "h/?pwd=hunter2",     "h/?w=1&x=hunter2",
        "h/?a=b#hunter2"})
    EXPECT_THAT(shown("https://" + std::string(rest)), Not(HasSubstr("hunter2"))) << rest;
}

}  // namespace
}  // namespace sundown::configuration
