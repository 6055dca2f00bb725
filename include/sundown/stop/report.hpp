#pragma once

#include <sundown/stop/drainable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sundown::stop {

/// How the process ends; also documented in README.md.
enum exit_code : int {
  drained = 0,             ///< all closed, nothing lost (or stopped during start-up)
  failed = 1,              ///< runtime failure, or a resource failed to close
  bad_usage = 2,           ///< bad configuration or flags
  work_was_cut = 3,        ///< the deadline passed, or a peer stalled: the report names what was cut
  watchdog_fired = 4,      ///< the control plane itself was stuck
  second_interrupt = 130,  ///< Ctrl-C pressed again
};

/// What one closer did.
struct closer_result {
  enum class outcome { closed, failed, overran };

  closer_result() = default;
  closer_result(std::string resource, milliseconds duration, outcome how, std::string fault, std::string left_out)
      : name(std::move(resource)), took(duration), result(how), error(std::move(fault)), omitted(std::move(left_out)) {}

  std::string name;
  clock::time_point began{};
  milliseconds took{0};
  outcome result = outcome::closed;
  std::string error;    ///< what it threw, or why it was given up
  std::string omitted;  ///< what it was closed without, since the other side was away
};

/// One step of the stop and how long it took.
struct step_result {
  step_result() = default;
  step_result(std::string step, milliseconds duration, clock::time_point begin = {})
      : name(std::move(step)), took(duration), began(begin) {}

  std::string name;  ///< "announce", "ready_delay", "listeners", "sessions", "background", "closers"
  milliseconds took{0};
  clock::time_point began{};
};

/// What has become of the spans of the process's life.
struct span_counts {
  span_counts() = default;
  span_counts(std::uint64_t delivered, std::uint64_t others) : sent(delivered), lost(others) {}

  std::uint64_t sent = 0, lost = 0;
};

/// Everything the stop did: one JSON line at the end, and the source of the metrics.
struct report {
  report() = default;

  /// The stop goes on: what there is up to `time`. `exit_code` is what follows from that, and spans.lost counts what
  /// waits to be sent.
  bool so_far = false;
  std::chrono::system_clock::time_point time{};  ///< of the report
  std::string trigger;
  milliseconds total{0};  ///< since the trigger
  std::size_t connections_at_signal = 0, requests_at_signal = 0;
  drain_summary drain;
  std::vector<std::string> unfinished_background;
  std::vector<closer_result> closers;  ///< in closing order
  std::vector<std::string> to_close;   ///< the closers that have not ended, in closing order; of one `so_far` only
  std::vector<step_result> steps;
  std::optional<span_counts> spans;  ///< nothing: tracing is off
  std::string failure;               ///< the first runtime failure; empty if there was none
  int exit_code = drained;
};

/// One JSON object on one line. One that is `so_far` says so by `message`, `exit_code_so_far` and `spans.undelivered`
/// in place of `exit_code` and `spans.lost`, and has `to_close`.
std::string to_json(const report& what);

/// The exit code that follows from the rest of the report: work_was_cut over failed over drained. A forced exit
/// (deadline, second interrupt) sets its own instead.
int verdict(const report& what) noexcept;

}  // namespace sundown::stop
