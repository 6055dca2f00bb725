#pragma once

#include "log/json_pen.hpp"

#include <sundown/time.hpp>
#include <sundown/trace/context.hpp>
#include <sundown/trace/span.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sundown::trace {

namespace detail {

struct tracer_core;
using owner_pointer = std::shared_ptr<const tracer_core>;

/// What stands behind a span that is not empty.
///
/// Its attributes are written as JSON at once, into the text that the sink gets: there is no list of them. Records are
/// used again, with the room that their texts have, by the thread that gives them back.
struct record {
  static record* take(owner_pointer maker);
  static void give_back(record* used) noexcept;

  void begin(trace::kind of_what, const context& parent, bool outside, context place) {
    what = of_what;
    has_parent = static_cast<bool>(parent);
    from_outside = outside && has_parent;
    parent_span = parent.span();
    where = std::move(place);
    recording = false;
  }
  /// `began`: nullptr for now. `trace_epoch`: that of a span of this process above it; nullptr if there is none.
  void start_recording(std::string_view called, const clock::time_point* began,
                       const std::chrono::nanoseconds* trace_epoch);
  /// Of a span of this process.
  static record* child(const owner_pointer& maker, const context& above, const std::chrono::nanoseconds& trace_epoch,
                       std::string_view called, trace::kind of_what, const clock::time_point* began);

  void set_text(std::string_view key, std::string_view value);
  /// A value that needs no escapes, with what goes around it: `"intValue":"1"`.
  void set_plain(std::string_view key, std::string_view value);
  void add_event(std::string_view called);
  /// Hands the text to the sink.
  void end(const clock::time_point* when);

  owner_pointer owner;
  context where;
  span_id parent_span{};
  std::string name;
  std::string failure;
  std::string text;    ///< `used` bytes of it are written
  std::string events;  ///< between brackets, if there are any
  std::size_t used = 0;
  std::size_t attribute_at = 0;  ///< where the one under way begins
  clock::time_point since{};
  std::chrono::nanoseconds epoch{};  ///< from the steady clock to the system's, the same for all of a trace in here
  std::uint32_t dropped = 0;         ///< attributes
  trace::kind what = kind::internal;
  bool has_parent = false;
  bool from_outside = false;
  bool recording = false;
  bool failed = false;

  /// Of one span: what is longer is dropped.
  static constexpr std::size_t longest = 64 << 10;
  bool has_room(std::size_t value_size) const noexcept { return used + value_size <= longest; }
  void drop() noexcept { ++dropped; }
  /// A pen with that much room; written() after it.
  log::json_pen pen(std::size_t room) {
    if (text.size() - used < room) [[unlikely]]
      grow(room);
    return {{text.data() + used}};
  }
  void written(const log::json_pen& to) noexcept { used = static_cast<std::size_t>(to.at - text.data()); }

 private:
  void grow(std::size_t room);
  void raw(std::string_view given);
  void json(std::string_view given);
  /// False if the span gets too long by an attribute of that size.
  bool begin_attribute(std::string_view key, std::size_t value_size);
  void end_attribute();
};

}  // namespace detail

}  // namespace sundown::trace
