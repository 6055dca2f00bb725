#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sundown::trace {

using trace_id = std::array<std::uint8_t, 16>;
using span_id = std::array<std::uint8_t, 8>;

/// A text of a known length, kept in place.
template <std::size_t Size>
class fixed_text {
 public:
  static constexpr std::size_t size = Size;

  fixed_text() = default;
  char* data() noexcept { return characters_.data(); }
  operator std::string_view() const noexcept { return {characters_.data(), Size}; }
  std::string str() const { return {characters_.data(), Size}; }

 private:
  std::array<char, Size> characters_{};
};

/// Where in which trace something is: what one service tells the next one (W3C Trace Context Level 2,
/// https://www.w3.org/TR/trace-context-2/).
///
/// An empty one is in no trace. Thread safety: that of a value.
class context {
 public:
  static constexpr std::uint8_t sampled_flag = 1, random_flag = 2;
  /// Bytes of a tracestate that is passed on; a longer one is dropped.
  static constexpr std::size_t longest_state = 512;

  context() = default;
  context(const trace_id& trace, const span_id& span, std::uint8_t flags, std::string state = {})
      : trace_(trace), span_(span), flags_(flags), valid_(true), state_(std::move(state)) {}

  /// Of the fields `traceparent` and `tracestate`, without white space around them; of several lines of tracestate the
  /// lines joined by commas.
  ///
  /// Empty if the traceparent is broken: a length, a digit or a hyphen that isn't as it must be, capitals, ids of
  /// nothing but zeros, version ff. Versions that are not known yet are read as far as they are known (§3.2.4 there). A
  /// tracestate that is broken, longer than longest_state or of more than 32 members is dropped, and the rest holds.
  static context parse(std::string_view traceparent, std::string_view tracestate = {});

  explicit operator bool() const noexcept { return valid_; }
  const trace_id& trace() const noexcept { return trace_; }
  const span_id& span() const noexcept { return span_; }
  bool sampled() const noexcept { return (flags_ & sampled_flag) != 0; }
  std::uint8_t flags() const noexcept { return flags_; }
  /// What `tracestate` says, for the next service; empty if there is none.
  const std::string& state() const noexcept { return state_; }

  /// In lower-case hexadecimal digits.
  fixed_text<32> trace_text() const noexcept;
  fixed_text<16> span_text() const noexcept;
  /// The field's value, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01". Of an empty one it says nothing.
  fixed_text<55> traceparent() const noexcept;

 private:
  trace_id trace_{};
  span_id span_{};
  std::uint8_t flags_ = 0;
  bool valid_ = false;
  std::string state_;
};

}  // namespace sundown::trace
