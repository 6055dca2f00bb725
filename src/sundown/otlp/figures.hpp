#pragma once

#include "otlp/judgement.hpp"

#include <sundown/metrics.hpp>
#include <sundown/stop/report.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace prometheus {
class Counter;  // NOLINT(readability-identifier-naming): the library's
}

namespace sundown::otlp {

/// Why a span was not delivered.
enum class loss {
  queue_full,  ///< no room: more spans come than the collector takes
  refused,     ///< the collector doesn't want it
  gave_up      ///< the collector was away until the batch's time, or the stop's, was over
};

/// What has become of all spans since the start. Thread safety: any thread, but for show().
class figures {
 public:
  void taken() noexcept { taken_.fetch_add(1, std::memory_order_relaxed); }
  void sent(std::size_t spans) noexcept { sent_.fetch_add(spans, std::memory_order_relaxed); }
  void lost(loss why, std::size_t spans) noexcept;
  /// A POST has ended so.
  void ended(const judgement& told) noexcept;

  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
  /// Taken, and neither sent nor lost: in the queue or under way.
  std::uint64_t waiting() const noexcept;
  /// What waits counts as lost.
  stop::span_counts at_the_end() const noexcept;

  /// Before the first span. This must outlive the scrapes.
  void show(metrics& among, const std::string& program_name);

 private:
  std::atomic<std::uint64_t> taken_{0}, sent_{0}, lost_{0};
  // Once they are shown; the registry's.
  std::array<prometheus::Counter*, 3> losses_shown_{};
  std::array<prometheus::Counter*, 5> exports_shown_{};
};

}  // namespace sundown::otlp
