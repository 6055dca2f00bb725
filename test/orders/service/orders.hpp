#pragma once

#include <sundown/http/router.hpp>
#include <sundown/log.hpp>
#include <sundown/service.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <mutex>

namespace orders {

namespace http = sundown::http;

struct settings {
  std::size_t page = 50;
  std::chrono::milliseconds delay{0};
  std::string api_key;
};

/// What is ordered, in memory. close() says how many orders it has seen.
class ledger {
 public:
  explicit ledger(const settings& given) : given_(given) {}

  sundown::task<http::response> place(const http::request& order) {
    boost::asio::steady_timer payment(co_await boost::asio::this_coro::executor, given_.delay);
    co_await payment.async_wait(sundown::use_task);
    const std::scoped_lock lock(mutex_);
    orders_.emplace_back(order.body());
    co_return http::text(201, "order " + std::to_string(orders_.size()) + "\n");
  }

  http::response list() const {
    const std::scoped_lock lock(mutex_);
    std::string page;
    for (std::size_t i = 0; i < std::min(orders_.size(), given_.page); ++i) page += orders_[i] + "\n";
    return http::text(page);
  }

  std::size_t size() const {
    const std::scoped_lock lock(mutex_);
    return orders_.size();
  }

  boost::asio::awaitable<void> close() {
    sundown::log::info("ledger closed", {{"orders", size()}});
    co_return;
  }

 private:
  const settings given_;
  mutable std::mutex mutex_;
  std::vector<std::string> orders_;
};

/// The service's name, its keys and its parts: all that main() gives to sundown::run(), and a test to its harness.
inline sundown::program identity() { return {"orders", "1.2.3", "Takes orders."}; }

inline sundown::keys<settings> keys() {
  return sundown::keys<settings>("orders")
      .number(&settings::page, "page", 1, 500, "Orders in one answer")
      .duration(&settings::delay, "delay", sundown::milliseconds(0), sundown::milliseconds(10'000), "A payment's time")
      .secret(&settings::api_key, "api_key", "What the payment provider knows the service by");
}

inline void build(sundown::service& app, const settings& given) {
  auto& placed = app.add<ledger>("ledger", given);
  app.metrics().gauge("placed", "Orders that were placed.", [&] { return static_cast<double>(placed.size()); });
  app.routes().post("/v1/orders", [&](const http::request& order) { return placed.place(order); });
  app.routes().get("/v1/orders", [&](const http::request&) { return placed.list(); });
}

}  // namespace orders
