#include "storage/redis/rate_counts.hpp"

#include "base/number.hpp"
#include "base/program_name.hpp"

namespace sundown::redis {

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

command count_command(const std::string& client, milliseconds window) {
  return {"EVAL", count_script, "1", std::string(base::program_name()) + ":rate:" + client,
          std::to_string(window.count())};
}

std::optional<std::int64_t> number(const std::optional<std::string>& text) {
  return text ? base::parse_number<std::int64_t>(*text) : std::nullopt;
}

}  // namespace

rate_counts::rate_counts(client& server) : server_(server) {
  server.rehearse({count_command("probe", milliseconds(1))});
}

task<std::optional<shared_counter::count>> rate_counts::count_request(std::string client, milliseconds window) {
  if (!server_.up()) co_return std::nullopt;
  const auto counted = co_await server_.execute(count_command(client, window));
  if (!counted || counted->size() != 2) co_return std::nullopt;
  const auto n = number(counted->front()), left = number(counted->back());
  if (!n || !left) co_return std::nullopt;
  co_return count{*n, milliseconds(*left)};
}

}  // namespace sundown::redis
