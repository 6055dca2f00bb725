#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sundown::otlp {

/// Spans of one POST: what stands before them, their texts with commas between them.
struct batch {
  batch() = default;

  std::string text;
  std::size_t count = 0;
};

/// The spans that wait for their export, bounded by number and by bytes. A span costs its text's copy and no memory of
/// its own: it is appended to the batch that it leaves with.
///
/// Thread safety: any thread.
class span_queue {
 public:
  /// A span's share of the memory: an average that is far above what spans have.
  static constexpr std::size_t bytes_each = 4096;

  /// `opening`: what each batch begins with; it counts for nothing.
  span_queue(std::size_t most_spans, std::size_t spans_of_batch, std::string opening);

  enum class placed { waits, completes_a_batch, refused };
  placed put(std::string_view span) noexcept;

  /// The oldest complete batch; with `also_partial` the one that still fills, where there is none.
  std::optional<batch> take(bool also_partial);
  bool has_complete() const;

 private:
  /// The batch that fills takes no more.
  bool is_complete() const noexcept;

  const std::string opening_;
  const std::size_t most_spans_, most_bytes_, spans_of_batch_;
  mutable std::mutex mutex_;
  std::deque<batch> full_;
  batch filling_;
  std::size_t spans_ = 0, bytes_ = 0;
  std::size_t last_bytes_;  ///< of the batch that was taken last: the next ones get as much room at once
};

}  // namespace sundown::otlp
