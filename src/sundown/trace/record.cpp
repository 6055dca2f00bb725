#include "trace/record.hpp"

#include "trace/ids.hpp"

#include <sundown/trace/tracer.hpp>

#include <algorithm>
#include <array>
#include <memory>

namespace sundown::trace::detail {

namespace {

/// Of one span, and of what a record keeps for the next one.
constexpr std::size_t longest_span = 64 << 10, most_kept = 8 << 10;
/// What a span's text has besides the texts that are given: ids, times, names of members.
constexpr std::size_t frame_room = 512;
constexpr std::string_view opening = "{\"attributes\":[";

thread_local bool has_no_spares = false;  // any more: the thread ends

/// The records that a thread has for its next spans.
class spare_records {
 public:
  spare_records() = default;
  spare_records(const spare_records&) = delete;
  spare_records& operator=(const spare_records&) = delete;
  ~spare_records() {
    has_no_spares = true;
    while (count_ != 0) delete records_[--count_];
  }

  record* take() noexcept { return count_ != 0 ? records_[--count_] : nullptr; }
  bool keep(record* used) noexcept {
    if (count_ == records_.size()) return false;
    records_[count_++] = used;
    return true;
  }

 private:
  std::array<record*, 32> records_{};
  std::size_t count_ = 0;
};

thread_local spare_records spares;

void shorten(std::string& text) noexcept {
  if (text.capacity() > most_kept) std::string().swap(text);
}

}  // namespace

record* record::take(owner_pointer maker) {
  auto* const kept = has_no_spares ? nullptr : spares.take();
  auto* const made = kept ? kept : new record;
  made->owner = std::move(maker);
  return made;
}

void record::give_back(record* used) noexcept {
  used->owner.reset();
  shorten(used->text);
  shorten(used->events);
  shorten(used->name);
  shorten(used->failure);
  if (has_no_spares || !spares.keep(used)) delete used;
}

log::json_pen record::pen(std::size_t room) {
  if (text.size() - used < room) text.resize(std::max(2 * text.size(), used + room + frame_room));
  return {{text.data() + used}};
}

void record::raw(std::string_view given) {
  auto to = pen(given.size());
  to.raw(given);
  written(to);
}

void record::json(std::string_view given) {
  auto to = pen(given.size() + 2);
  *to.at++ = '"';
  if (to.plainly<log::space_too>(given)) {
    *to.at++ = '"';
    return written(to);
  }
  std::string escaped;
  log::append_json_string(escaped, given);
  raw(escaped);
}

std::uint64_t record::unix_nanoseconds(clock::time_point when) const noexcept {
  return static_cast<std::uint64_t>((when.time_since_epoch() + epoch).count());
}

void record::start_recording(std::string_view called, const clock::time_point* began,
                             const std::chrono::nanoseconds* trace_epoch) {
  const auto now = began && trace_epoch ? clock::time_point() : clock::now();
  since = began ? *began : now;
  epoch = trace_epoch ? *trace_epoch : std::chrono::system_clock::now().time_since_epoch() - now.time_since_epoch();
  name = called;
  failure.clear();
  events.clear();
  text.resize(std::max(text.size(), opening.size()));
  used = opening.copy(text.data(), opening.size());
  dropped = 0;
  failed = false;
  recording = true;
}

record* record::child(const owner_pointer& maker, const context& above, const std::chrono::nanoseconds& trace_epoch,
                      std::string_view called, trace::kind of_what, const clock::time_point* began) {
  auto* const made = take(maker);
  made->begin(of_what, above, false, context(above.trace(), next_span_id(), above.flags(), above.state()));
  if (above.sampled()) made->start_recording(called, began, &trace_epoch);
  return made;
}

bool record::begin_attribute(std::string_view key, std::size_t value_size) {
  if (!recording) return false;
  attribute_at = used;
  if (used + key.size() + value_size > longest_span) {
    ++dropped;
    return false;
  }
  raw(used == opening.size() ? "{\"key\":" : ",{\"key\":");
  json(key);
  raw(",\"value\":{");
  return true;
}

void record::end_attribute() {
  raw("}}");
  if (used <= longest_span) return;
  used = attribute_at;  // by its escapes
  ++dropped;
}

void record::set_text(std::string_view key, std::string_view value) {
  if (!begin_attribute(key, value.size())) return;
  raw("\"stringValue\":");
  json(value);
  end_attribute();
}

void record::set_plain(std::string_view key, std::string_view value) {
  if (!begin_attribute(key, value.size())) return;
  raw(value);
  end_attribute();
}

void record::add_event(std::string_view called) {
  if (!recording) return;
  if (events.size() + called.size() > longest_span) return;
  events += events.empty() ? "{\"timeUnixNano\":\"" : ",{\"timeUnixNano\":\"";
  events += std::to_string(unix_nanoseconds(clock::now()));
  events += "\",\"name\":";
  log::append_json_string(events, called);
  events += '}';
}

void record::end(const clock::time_point* when) {
  if (!recording) return;
  recording = false;
  auto* const to_whom = owner->to.load(std::memory_order_acquire);
  if (!to_whom) return;
  const auto until = std::max(when ? *when : clock::now(), since);
  constexpr unsigned parent_known = 0x100, parent_is_outside = 0x200;  // of OTLP's SpanFlags
  auto to = pen(frame_room);
  to.literal("],\"traceId\":\"");
  to.raw(where.trace_text());
  to.literal("\",\"spanId\":\"");
  to.raw(where.span_text());
  if (has_parent) {
    to.literal("\",\"parentSpanId\":\"");
    to.raw(context({}, parent_span, 0).span_text());
  }
  to.literal("\",\"flags\":");
  to.number(where.flags() | parent_known | (from_outside ? parent_is_outside : 0));
  to.literal(",\"kind\":");
  to.number(static_cast<std::uint64_t>(what));
  to.literal(",\"startTimeUnixNano\":\"");
  to.number(unix_nanoseconds(since));
  to.literal("\",\"endTimeUnixNano\":\"");
  to.number(unix_nanoseconds(until));
  to.literal("\",\"droppedAttributesCount\":");
  to.number(dropped);
  to.literal(",\"name\":");
  written(to);
  json(name);
  if (!where.state().empty()) {
    raw(",\"traceState\":");
    json(where.state());
  }
  if (!events.empty()) {
    raw(",\"events\":[");
    raw(events);
    raw("]");
  }
  if (failed) {
    raw(",\"status\":{\"code\":2,\"message\":");
    json(failure);
    raw("}");
  }
  raw("}");
  to_whom->take({text.data(), used});
}

}  // namespace sundown::trace::detail
