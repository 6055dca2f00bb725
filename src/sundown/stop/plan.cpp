#include <sundown/stop/budget.hpp>

#include "base/durations.hpp"

#include <algorithm>
#include <utility>

namespace sundown::stop {

namespace {

using namespace std::chrono_literals;

constexpr milliseconds reference_total = 8s;  // the total for which the default figures are given
constexpr milliseconds smallest_total = 500ms;
constexpr milliseconds smallest_watchdog = 50ms;
constexpr milliseconds smallest_reserve = 150ms;

/// A default of the reference plan, smaller if the total is.
milliseconds scaled(milliseconds figure, milliseconds total) {
  return total >= reference_total ? figure : figure * total.count() / reference_total.count();
}

/// What the plan keeps free at its end: for the last closer to obey its cancellation, the report, the log and the
/// fallback before the watchdog.
milliseconds reserve(milliseconds total) { return std::max(scaled(500ms, total), smallest_reserve); }

std::string sum(const stop_plan& plan) {
  auto last = reserve(plan.total);
  auto all = plan.ready_delay_max + plan.drain + plan.background + plan.closers + last;
  return "shutdown.ready_delay.max " + base::config_text(plan.ready_delay_max) + " + shutdown.drain " +
         base::config_text(plan.drain) + " + shutdown.background " + base::config_text(plan.background) +
         " + shutdown.closers " + base::config_text(plan.closers) + " + " + base::config_text(last) +
         " reserve = " + base::config_text(all);
}

}  // namespace

stop_plan make_plan(const shutdown_config& config) {
  auto total = config.total;
  stop_plan plan;
  plan.total = total;
  plan.watchdog = std::max(scaled(250ms, total), smallest_watchdog);
  plan.fallback = std::max(total - plan.watchdog, 0ms);
  plan.ready_delay_min = config.ready_delay.min;
  plan.ready_delay_max = config.ready_delay.max;
  plan.background = config.background.value_or(scaled(1s, total));
  plan.closers = config.closers.value_or(scaled(1s, total));
  auto rest = total - plan.ready_delay_max - plan.background - plan.closers - reserve(total);
  plan.drain = config.drain.value_or(std::max(rest, 0ms));
  // Handlers need a moment after the hard token to answer 503; in a short drain, no more than a quarter of it.
  plan.hard_cancel = config.hard_cancel.value_or(plan.drain - std::min(scaled(1s, total), plan.drain / 4));

  auto grace = [&](std::optional<milliseconds> set, milliseconds figure) {
    return set.value_or(std::min(scaled(figure, total), plan.drain));
  };
  plan.idle_grace = grace(config.idle_grace, 500ms);
  plan.header_grace = grace(config.header_grace, 2s);
  plan.stall_limit = grace(config.stall_limit, 3s);
  plan.stream_grace = grace(config.stream_grace, 1s);
  plan.websocket_grace = grace(config.websocket_grace, 1s);
  return plan;
}

std::vector<std::string> faults(const shutdown_config& config) {
  auto plan = make_plan(config);
  std::vector<std::string> found;
  auto total = " shutdown.total " + base::config_text(plan.total);

  if (plan.total < smallest_total)
    found.push_back("shutdown.total " + base::config_text(plan.total) + " is too short to stop in: at least " +
                    base::config_text(smallest_total));
  if (plan.ready_delay_min > plan.ready_delay_max)
    found.push_back("shutdown.ready_delay.min " + base::config_text(plan.ready_delay_min) +
                    " is longer than shutdown.ready_delay.max " + base::config_text(plan.ready_delay_max));

  auto all = plan.ready_delay_max + plan.drain + plan.background + plan.closers + reserve(plan.total);
  if (all > plan.total && plan.total >= smallest_total) {
    if (config.drain)
      found.push_back("shutdown.drain " + base::config_text(plan.drain) + " does not fit in" + total + ": " +
                      sum(plan));
    else
      found.push_back("no time is left to drain in" + total + ": " + sum(plan));
  } else if (plan.drain <= 0ms && plan.total >= smallest_total) {
    found.push_back("no time is left to drain in" + total + ": " + sum(plan));
  }

  auto within_drain = [&](const char* key, std::optional<milliseconds> set, const char* consequence) {
    if (set && *set > plan.drain)
      found.push_back("shutdown." + std::string(key) + " " + base::config_text(*set) +
                      " is longer than shutdown.drain " + base::config_text(plan.drain) + ": " + consequence);
  };
  within_drain("hard_cancel", config.hard_cancel, "handlers would be aborted before they are asked to give up");
  within_drain("idle_grace", config.idle_grace, "idle connections would be cut before their grace ends");
  within_drain("header_grace", config.header_grace, "half a header would be cut before its 408");
  within_drain("stall_limit", config.stall_limit, "a stalled peer would never be noticed");
  within_drain("stream_grace", config.stream_grace, "streams would be cut before their grace ends");
  within_drain("websocket_grace", config.websocket_grace, "WebSockets would be cut before their grace ends");

  auto not_negative = [&](const char* key, std::optional<milliseconds> set) {
    if (set && *set < 0ms)
      found.push_back("shutdown." + std::string(key) + " " + base::config_text(*set) + " is negative");
  };
  not_negative("ready_delay.min", config.ready_delay.min);
  not_negative("ready_delay.max", config.ready_delay.max);
  for (auto [key, set] : {std::pair{"idle_grace", config.idle_grace}, std::pair{"header_grace", config.header_grace},
                          std::pair{"stall_limit", config.stall_limit}, std::pair{"stream_grace", config.stream_grace},
                          std::pair{"websocket_grace", config.websocket_grace},
                          std::pair{"hard_cancel", config.hard_cancel}, std::pair{"drain", config.drain},
                          std::pair{"background", config.background}, std::pair{"closers", config.closers}})
    not_negative(key, set);
  return found;
}

std::string to_string(const stop_plan& plan) {
  return "total " + base::config_text(plan.total) + ": ready_delay " + base::config_text(plan.ready_delay_min) +
         " to " + base::config_text(plan.ready_delay_max) + ", drain " + base::config_text(plan.drain) +
         " (hard_cancel " + base::config_text(plan.hard_cancel) + ", idle_grace " + base::config_text(plan.idle_grace) +
         ", header_grace " + base::config_text(plan.header_grace) + ", stall_limit " +
         base::config_text(plan.stall_limit) + ", stream_grace " + base::config_text(plan.stream_grace) +
         ", websocket_grace " + base::config_text(plan.websocket_grace) + "), background " +
         base::config_text(plan.background) + ", closers " + base::config_text(plan.closers) + ", forced exit at " +
         base::config_text(plan.fallback);
}

}  // namespace sundown::stop
