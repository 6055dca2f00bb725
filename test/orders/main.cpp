#include "orders.hpp"

#include <sundown/http/router.hpp>
#include <sundown/keys.hpp>
#include <sundown/service.hpp>

int main(int argc, char** argv) {
  sundown::keys<orders::settings> own("orders");
  own.number(&orders::settings::page, "page", 1, 500, "Orders in one answer")
      .duration(&orders::settings::delay, "delay", sundown::milliseconds(0), sundown::milliseconds(10'000),
                "How long a payment takes")
      .secret(&orders::settings::api_key, "api_key", "What the payment provider knows the service by");

  const auto build = [](sundown::service& app, const orders::settings& given) {
    auto& ledger = app.add<orders::ledger>("ledger", given);
    app.metrics().gauge("placed", "Orders that were placed.", [&] { return static_cast<double>(ledger.size()); });
    app.routes().post("/v1/orders", [&](const sundown::http::request& order) { return ledger.place(order); });
    app.routes().get("/v1/orders", [&](const sundown::http::request&) { return ledger.list(); });
  };
  return sundown::run<orders::settings>(argc, argv, {"orders", ORDERS_VERSION, "Takes orders."}, own, build);
}
