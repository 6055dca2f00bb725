#pragma once

#include "support/testing.hpp"

#include <sundown/config.hpp>
#include <sundown/http/server.hpp>
#include <sundown/stop/budget.hpp>
#include <sundown/trace/tracer.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace sundown::http {
class encryption;
}  // namespace sundown::http

namespace sundown::test {

/// Upper bound of what happens at once: below the graces that are out of the way, and far above what a machine that is
/// busy with other things adds.
inline constexpr milliseconds soon = ample * 4 / 5;

/// Every grace is out of the way, but for those that most tests must see pass; a test shortens what it looks at.
inline stop::stop_plan plan_of_tests() {
  stop::stop_plan plan;
  plan.total = 4 * ample;
  plan.idle_grace = slack(100ms);
  plan.header_grace = slack(100ms);
  plan.stall_limit = plan.stream_grace = plan.websocket_grace = ample;
  plan.hard_cancel = ample;
  plan.drain = ample + slack(500ms);
  return plan;
}

inline http_config limits_of_tests() {
  http_config limits;
  limits.port = limits.tls_port = 0;
  limits.linger = ample;  // for a client that is late with the rest of what it sends
  return limits;
}

struct setting {
  std::size_t workers = 1;
  http_config limits = limits_of_tests();
  stop::stop_plan plan = plan_of_tests();
  http::server::yielding yields = http::server::yielding::nobody;
  const http::http2_provider* http2 = nullptr;
  bool access_log = false;
  std::function<void(std::string)> on_failure = [](const std::string&) {};
  const trace::tracer* traces = nullptr;
  std::shared_ptr<const http::encryption> tls = {};        ///< for a listener of TLS beside the other
  std::function<void(const endpoint&)> before_start = {};  ///< clients that wait when the first worker begins
};

}  // namespace sundown::test
