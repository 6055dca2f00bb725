#include "orders.hpp"

#include <sundown/http/router.hpp>
#include <sundown/log.hpp>

#include <boost/asio/steady_timer.hpp>

namespace orders {

using sundown::http::response;

sundown::task<response> ledger::place(const sundown::http::request& order) {
  boost::asio::steady_timer payment(co_await boost::asio::this_coro::executor, given_.delay);
  co_await payment.async_wait(sundown::use_task);
  const std::scoped_lock lock(mutex_);
  orders_.emplace_back(order.body());
  co_return response{201, "text/plain", "order " + std::to_string(orders_.size()) + "\n", {}};
}

response ledger::list() const {
  const std::scoped_lock lock(mutex_);
  std::string text;
  for (std::size_t i = 0; i < orders_.size() && i < static_cast<std::size_t>(given_.page); ++i)
    text += orders_[i] + "\n";
  return {200, "text/plain", std::move(text), {}};
}

std::size_t ledger::size() const {
  const std::scoped_lock lock(mutex_);
  return orders_.size();
}

boost::asio::awaitable<void> ledger::close() {
  sundown::log::info("ledger closed", {{"orders", size()}});
  co_return;
}

sundown::program identity() { return {"orders", ORDERS_VERSION, "Takes orders."}; }

sundown::keys<settings> keys() {
  sundown::keys<settings> own("orders");
  own.number(&settings::page, "page", 1, 500, "Orders in one answer")
      .duration(&settings::delay, "delay", sundown::milliseconds(0), sundown::milliseconds(10'000),
                "How long a payment takes")
      .secret(&settings::api_key, "api_key", "What the payment provider knows the service by");
  return own;
}

void build(sundown::service& app, const settings& given) {
  auto& placed = app.add<ledger>("ledger", given);
  app.metrics().gauge("placed", "Orders that were placed.", [&] { return static_cast<double>(placed.size()); });
  app.routes().post("/v1/orders", [&](const sundown::http::request& order) { return placed.place(order); });
  app.routes().get("/v1/orders", [&](const sundown::http::request&) { return placed.list(); });
}

}  // namespace orders
