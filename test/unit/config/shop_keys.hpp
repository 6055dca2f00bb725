#pragma once

#include <sundown/keys.hpp>
#include <sundown/program.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A service's own settings, with a key of each kind.
namespace sundown::test {

using namespace std::chrono_literals;

enum class currency { eur, usd };

struct pricing_settings {
  currency money = currency::eur;
  std::optional<unsigned> discount;
};

struct order_settings {
  std::string file = "orders.db";
  std::string api_key;
  std::string payment = "https://pay.example/v1";
  int page = 50;
  std::size_t body = 64 << 10;
  milliseconds patience{2000};
  bool strict = false;
  std::string mode = "fast";
  std::vector<std::string> origins{"https://a.example"};
  pricing_settings pricing;
  struct {
    struct {
      std::int8_t depth = 3;
    } inner;
  } nested;
};

struct mail_settings {
  std::string sender = "orders@example.org";
};

struct shop_settings {
  order_settings orders;
  mail_settings mail;
};

inline keys<order_settings> order_keys() {
  keys<pricing_settings> pricing("pricing");
  pricing
      .choice(&pricing_settings::money, "currency", {{"eur", currency::eur}, {"usd", currency::usd}}, "Of all prices")
      .number(&pricing_settings::discount, "discount", 1, 90, "Percent");
  keys<order_settings> orders("orders");
  orders.text(&order_settings::file, "file", "The database | file")
      .secret(&order_settings::api_key, "api_key", "For the payment provider")
      .url(&order_settings::payment, "payment", {"https", "amqp"}, "The payment provider")
      .number(&order_settings::page, "page", 1, 500, "Orders in one answer")
      .reloadable()
      .size(&order_settings::body, "body", 1024, 1 << 20, "An order")
      .duration(&order_settings::patience, "patience", 100ms, 1h, "For the payment provider")
      .flag(&order_settings::strict, "strict", "Refuse what is unknown")
      .choice(&order_settings::mode, "mode", {"fast", "safe"}, "How orders are stored")
      .list(&order_settings::origins, "origins",
            text_rule("a URL of https", [](std::string_view each) { return each.starts_with("https://"); }),
            "Pages that may order")
      .number([](order_settings& all) -> auto& { return all.nested.inner.depth; }, "nested.depth", -5, 127, "Levels");
  return orders.include(&order_settings::pricing, pricing);
}

inline keys<shop_settings> shop_keys() {
  const text_rule an_address("an address of mail", [](std::string_view given) -> std::string_view {
    return given.find('@') == given.npos ? "is no address of mail" : "";
  });
  keys<mail_settings> mail("mail");
  mail.text(&mail_settings::sender, "sender", an_address, "Who writes").reloadable();
  keys<shop_settings> all;
  return all.include(&shop_settings::orders, order_keys()).include(&shop_settings::mail, mail);
}

inline const program shop("shop-1", "0.1.0", "Takes orders.");

}  // namespace sundown::test
