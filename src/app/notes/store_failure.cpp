#include "app/notes/store_failure.hpp"

#include <sundown/log.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <optional>

namespace sundown::app {

using namespace std::chrono_literals;

namespace {

/// Lets one line a second through, and tells with it how many were held back.
class throttle {
 public:
  using clock = std::chrono::steady_clock;

  /// How many were held back since the last one, or nothing if this one is.
  std::optional<std::uint64_t> let_through() {
    const auto now = clock::now().time_since_epoch();
    auto next = next_.load(std::memory_order_relaxed);
    if (now.count() >= next && next_.compare_exchange_strong(next, (now + interval).count())) {
      return held_back_.exchange(0, std::memory_order_relaxed);
    }
    held_back_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }

 private:
  static constexpr clock::duration interval = 1s;

  std::atomic<clock::rep> next_{0};
  std::atomic<std::uint64_t> held_back_{0};
};

// One process, one log: what is held back is a matter of the log, not of a request.
constinit std::array<throttle, 4> throttles;

throttle* throttle_for(errc code) {
  switch (code) {
    case errc::unavailable:
      return &throttles[0];
    case errc::timed_out:
      return &throttles[1];
    case errc::busy:
      return &throttles[2];
    case errc::invalid:
      return &throttles[3];
    case errc::not_found:
    case errc::conflict:
    case errc::malformed:
    case errc::canceled:
      break;
  }
  return nullptr;
}

}  // namespace

http::response store_failed(const http::request& asked, const error& why) {
  if (auto* one = throttle_for(why.code)) {
    if (const auto more = one->let_through()) {
      log::warn(
          "the store failed",
          {{"error", to_string(why.code)}, {"detail", why.detail}, {"id", asked.id()}, {"others_since_last", *more}});
    }
  }
  return http::problem(why);
}

}  // namespace sundown::app
