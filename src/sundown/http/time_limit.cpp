#include "http/time_limit.hpp"

#include "base/number.hpp"
#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/worker_parts.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sundown::http::detail {

namespace {

constexpr auto no_end = clock::time_point::max();

/// Whole seconds of at most nine digits. What is malformed, or repeated, says nothing.
std::optional<std::chrono::seconds> wish_of_client(const request_parser& parser) {
  constexpr std::string_view name = "Request-Timeout";
  const auto text = parser.field(name);
  if (text.empty() || text.size() > 9 || parser.count(name) != 1) return std::nullopt;
  const auto seconds = base::parse_number<std::int64_t>(text, 1);
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(*seconds);
}

const std::optional<milliseconds>* own_limit(const exchange& current) noexcept {
  const auto* const match = current.match;
  return match && match->options.timeout ? &match->options.timeout : nullptr;
}

/// 0: none.
milliseconds limit_of(const exchange& current, const http_config& limits) {
  const auto* const own = own_limit(current);
  const auto limit = own ? **own : limits.request_timeout;
  if (!limits.client_timeout) return limit;
  const auto wish = wish_of_client(*current.parser);
  if (!wish) return limit;
  return limit == milliseconds(0) ? milliseconds(*wish) : std::min<milliseconds>(limit, *wish);
}

}  // namespace

clock::time_point run_end(const exchange& current) {
  const auto limit = limit_of(current, current.client->parts().limits);
  if (limit == milliseconds(0)) return no_end;
  if (current.handled_since == clock::time_point{}) current.handled_since = clock::now();
  return current.handled_since + limit;
}

bool outlasts_head(const exchange& current) noexcept { return own_limit(current) != nullptr; }

clock::time_point deadline_of(const exchange& current) {
  const bool lifted = current.status != 0 && !outlasts_head(current);
  const auto end = lifted ? no_end : run_end(current);
  const auto& stop = *current.drain;
  return stop.draining() ? std::min(end, stop.clock().hard_cancel_at()) : end;
}

}  // namespace sundown::http::detail
