#include "trace/record.hpp"

#include "base/hex.hpp"
#include "trace/ids.hpp"

#include <sundown/trace/tracer.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace sundown::trace::detail {

namespace {

/// What a record keeps of a text for the next span.
constexpr std::size_t most_kept = 8 << 10;
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

/// The digits of a hundred numbers.
constexpr auto digit_pairs = [] {
  std::array<std::array<char, 2>, 100> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i] = {static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10)};
  return pairs;
}();

constexpr std::uint32_t billion = 1'000'000'000;

char* put_nine_digits(char* to, std::uint32_t number) {
  for (int pair = 7; pair > 0; pair -= 2, number /= 100) std::memcpy(to + pair, digit_pairs[number % 100].data(), 2);
  *to = static_cast<char>('0' + number);
  return to + 9;
}

/// Nanoseconds since 1970, as a number of nineteen digits: it is one until 2286.
void put_time(log::pen& to, clock::time_point moved) {
  const auto all = static_cast<std::uint64_t>(moved.time_since_epoch().count());
  const auto seconds = static_cast<std::uint32_t>(all / billion);
  *to.at = static_cast<char>('0' + seconds / billion);
  to.at = put_nine_digits(to.at + 1, seconds % billion);
  to.at = put_nine_digits(to.at, static_cast<std::uint32_t>(all % billion));
}

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

void record::grow(std::size_t room) {
  constexpr std::size_t usual = 2 << 10;
  text.resize(std::max({usual, 2 * text.size(), used + room + frame_room}));
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

void record::start_recording(std::string_view called, const clock::time_point* began,
                             const std::chrono::nanoseconds* trace_epoch) {
  const auto now = began && trace_epoch ? clock::time_point() : clock::now();
  since = began ? *began : now;
  epoch = trace_epoch ? *trace_epoch : std::chrono::system_clock::now().time_since_epoch() - now.time_since_epoch();
  name = called;
  failure.clear();
  events.clear();
  used = 0;
  auto to = pen(opening.size());
  to.raw(opening);
  written(to);
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
  if (!has_room(key.size() + value_size)) {
    drop();
    return false;
  }
  raw("{\"key\":");
  json(key);
  raw(",\"value\":{");
  return true;
}

void record::end_attribute() {
  raw("}},");
  if (has_room(0)) return;
  used = attribute_at;  // by its escapes
  drop();
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
  if (events.size() + called.size() > longest) return;
  events += events.empty() ? "{\"timeUnixNano\":\"" : ",{\"timeUnixNano\":\"";
  std::array<char, 32> now;
  log::pen time{now.data()};
  put_time(time, clock::now() + epoch);
  events.append(now.data(), time.at);
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
  if (text[used - 1] == ',') --used;                                   // behind the last attribute
  auto to = pen(frame_room);
  to.literal("],\"traceId\":\"");
  to.at = base::put_hex(to.at, where.trace());
  to.literal("\",\"spanId\":\"");
  to.at = base::put_hex(to.at, where.span());
  if (has_parent) {
    to.literal("\",\"parentSpanId\":\"");
    to.at = base::put_hex(to.at, parent_span);
  }
  to.literal("\",\"flags\":");
  to.number(where.flags() | parent_known | (from_outside ? parent_is_outside : 0));
  to.literal(",\"kind\":");
  *to.at++ = static_cast<char>('0' + static_cast<int>(what));
  to.literal(",\"startTimeUnixNano\":\"");
  put_time(to, since + epoch);
  to.literal("\",\"endTimeUnixNano\":\"");
  put_time(to, until + epoch);
  if (dropped != 0) {
    to.literal("\",\"droppedAttributesCount\":");
    to.number(dropped);
    to.literal(",\"name\":");
  } else {
    to.literal("\",\"name\":");
  }
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
