#include "service/rate_limiter.hpp"

#include "service/client_network.hpp"

#include <algorithm>
#include <cstdint>

namespace sundown::serving {

namespace {

std::optional<http::response> refusal(std::optional<std::chrono::milliseconds> wait) {
  if (!wait) return std::nullopt;
  const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(*wait), std::chrono::seconds(1));
  return http::problem(429, "Too many requests from this address: wait as long as Retry-After says.")
      .with("Retry-After", std::to_string(seconds.count()));
}

}  // namespace

rate_limiter::rate_limiter(unsigned requests, std::chrono::milliseconds window, shared_counter* shared)
    : requests_(requests), window_(window), shared_(shared), here_(requests, window) {}

task<std::optional<http::response>> rate_limiter::admit(std::string address) {
  const auto client = client_network(address);
  if (shared_) {
    const auto counted = co_await shared_->count_request(client, window_);
    if (counted) {
      std::optional<std::chrono::milliseconds> wait;
      if (counted->number > static_cast<std::int64_t>(requests_)) wait.emplace(counted->left);
      co_return refusal(wait);
    }
  }
  co_return refusal(here_.count(client, rate_table::clock::now()));
}

}  // namespace sundown::serving
