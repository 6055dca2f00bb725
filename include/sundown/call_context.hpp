#pragma once

#include <sundown/time.hpp>
#include <sundown/trace/parent.hpp>

#include <utility>

namespace sundown {

/// What a call takes from whoever makes it: the time that is left, and the span that it is a part of.
///
/// A handler passes request.context(), a background task {} or {time, its span}. Thread safety: that of a value.
class call_context {
 public:
  call_context() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a limit alone is a context
  call_context(clock::time_point end, trace::parent below = {}) : until_(end), parent_(std::move(below)) {}

  /// Nobody waits for the outcome from then on; time_point::max(): no limit.
  clock::time_point until() const noexcept { return until_; }
  /// Empty: the call is in no trace.
  const trace::parent& parent() const noexcept { return parent_; }

 private:
  clock::time_point until_ = clock::time_point::max();
  trace::parent parent_;
};

}  // namespace sundown
