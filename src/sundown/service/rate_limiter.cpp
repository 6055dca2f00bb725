#include "service/rate_limiter.hpp"

#include "base/number.hpp"
#include "base/program_name.hpp"
#include "service/client_network.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace sundown::serving {

namespace {

/// The request's number in its window, and how long that still lasts. The window begins with its first request; one
/// whose end was lost (a PEXPIRE that never came) gets a new one.
constexpr const char* count_script = R"(local n = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if n == 1 or left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = tonumber(ARGV[1])
end
return {n, left})";

storage::redis_command count_command(const std::string& client, std::chrono::milliseconds window) {
  return {"EVAL", count_script, "1", std::string(base::program_name()) + ":rate:" + client,
          std::to_string(window.count())};
}

std::optional<std::int64_t> number(const std::optional<std::string>& text) {
  return text ? base::parse_number<std::int64_t>(*text) : std::nullopt;
}

std::optional<http::response> refusal(std::optional<std::chrono::milliseconds> wait) {
  if (!wait) return std::nullopt;
  const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(*wait), std::chrono::seconds(1));
  return http::problem(429, "Too many requests from this address: wait as long as Retry-After says.")
      .with("Retry-After", std::to_string(seconds.count()));
}

}  // namespace

rate_limiter::rate_limiter(unsigned requests, std::chrono::milliseconds window, storage::redis_client* redis)
    : requests_(requests), window_(window), redis_(redis), here_(requests, window) {
  constexpr std::chrono::milliseconds at_once{1};
  if (redis_ && requests_ != 0) redis_->rehearse({count_command("probe", at_once)});
}

task<std::optional<http::response>> rate_limiter::admit(std::string address) {
  const auto client = client_network(address);
  if (redis_ && redis_->up()) {
    std::vector<storage::redis_command> script(1, count_command(client, window_));
    const auto counted = co_await redis_->async_execute(std::move(script), use_task);
    if (counted && counted->size() == 2) {
      const auto n = number(counted->front()), left = number(counted->back());
      if (n && left) {
        std::optional<std::chrono::milliseconds> wait;
        if (*n > static_cast<std::int64_t>(requests_)) wait.emplace(*left);
        co_return refusal(wait);
      }
    }
  }
  co_return refusal(here_.count(client, rate_table::clock::now()));
}

}  // namespace sundown::serving
