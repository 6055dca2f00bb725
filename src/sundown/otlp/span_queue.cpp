#include "otlp/span_queue.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace sundown::otlp {

namespace {

/// A collector takes 20 MiB at once by its defaults, others less: a batch of long spans is cut before that.
constexpr std::size_t most_bytes_of_batch = 2 << 20;
/// A guess at a span's size, for the room of the first batch. Memory that no span is written to costs nothing.
constexpr std::size_t usual_span = 1 << 10;

}  // namespace

span_queue::span_queue(std::size_t most_spans, std::size_t spans_of_batch, std::string opening)
    : opening_(std::move(opening)),
      most_spans_(most_spans),
      most_bytes_(std::max(most_spans * bytes_each, 2 * most_bytes_of_batch)),
      spans_of_batch_(spans_of_batch),
      last_bytes_(std::min(spans_of_batch * usual_span, most_bytes_of_batch)) {}

bool span_queue::is_complete() const noexcept {
  return filling_.count >= spans_of_batch_ || filling_.text.size() >= most_bytes_of_batch;
}

span_queue::placed span_queue::put(std::string_view span) noexcept try {
  const std::lock_guard lock(mutex_);
  if (spans_ >= most_spans_ || bytes_ + span.size() > most_bytes_) return placed::refused;
  if (is_complete()) full_.push_back(std::exchange(filling_, {}));
  auto& text = filling_.text;
  if (filling_.count == 0) {
    text.reserve(last_bytes_);
    text = opening_;
  }
  const auto before = text.size();
  if (filling_.count != 0) text += ',';
  text += span;
  ++filling_.count;
  ++spans_;
  bytes_ += text.size() - before;
  return is_complete() ? placed::completes_a_batch : placed::waits;
} catch (const std::bad_alloc&) {
  return placed::refused;
}

std::optional<batch> span_queue::take(bool also_partial) {
  const std::lock_guard lock(mutex_);
  std::optional<batch> taken;
  if (!full_.empty()) {
    taken = std::move(full_.front());
    full_.pop_front();
  } else if (is_complete() || (also_partial && filling_.count != 0)) {
    taken = std::exchange(filling_, {});
  } else {
    return taken;
  }
  last_bytes_ = taken->text.size() + usual_span;
  spans_ -= taken->count;
  bytes_ -= taken->text.size() - opening_.size();
  return taken;
}

bool span_queue::has_complete() const {
  const std::lock_guard lock(mutex_);
  return !full_.empty() || is_complete();
}

}  // namespace sundown::otlp
