#include "service/long_requests.hpp"

#include "base/durations.hpp"

#include <sundown/http/router.hpp>
#include <sundown/log.hpp>
#include <sundown/stop/budget.hpp>

namespace sundown::serving {

namespace {

/// 0: no limit.
bool outlives(milliseconds limit, milliseconds hard_cancel) { return limit == milliseconds(0) || limit > hard_cancel; }

}  // namespace

std::vector<std::string> time_limit_beyond_the_stop(const config& given) {
  const auto limit = given.http.request_timeout;
  const auto hard_cancel = stop::make_plan(given.shutdown).hard_cancel;
  if (limit == http_config().request_timeout || !outlives(limit, hard_cancel)) return {};
  return {"warning: http.request_timeout is " + base::config_text(limit) + " and shutdown.hard_cancel " +
          base::config_text(hard_cancel) + "; a stop cuts a request that takes longer"};
}

void tell_of_long_routes(const http::router& routes, const shutdown_config& given) {
  const auto hard_cancel = stop::make_plan(given).hard_cancel;
  for (const auto& each : routes.routes()) {
    const auto& limit = each->options.timeout;
    if (!limit || !outlives(*limit, hard_cancel)) continue;
    log::warn("a stop may cut requests", {{"method", to_string(each->method)},
                                          {"route", each->pattern},
                                          {"timeout", base::config_text(*limit)},
                                          {"hard_cancel", base::config_text(hard_cancel)}});
  }
}

}  // namespace sundown::serving
