#pragma once

#include <sundown/time.hpp>
#include <sundown/trace/context.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>

namespace sundown::trace {

namespace detail {
struct record;
class attribute_writer;
}  // namespace detail

/// What a span is of, with OTLP's numbers.
enum class kind : std::uint8_t {
  internal = 1,  ///< work within this service
  server = 2,    ///< a request that it answers
  client = 3,    ///< a call that it waits for: another service, a database
  producer = 4,  ///< something handed over, for whoever comes for it
  consumer = 5   ///< something that was handed over before
};

/// A piece of work in a trace, from its begin to its end.
///
///     auto span = request.span().child("read the order", trace::kind::client);
///     span.set("db.system.name", "sqlite");
///     if (!found) span.fail(found.error().detail);
///
/// Three kinds of span have one type, so that no code asks which it has: an empty one (tracing is off), where every
/// call is a test of a pointer; one that is not sampled, which records nothing, but has a context that calls pass on;
/// and one that is sampled, which is sent when it ends.
/// The end: end(), or the destructor. An ended span records nothing more, but is still a parent.
/// Thread safety: one thread at a time; it may end on another one than it was begun on.
class span {
 public:
  span() = default;
  span(span&& other) noexcept : record_(std::exchange(other.record_, nullptr)) {}
  span& operator=(span&& other) noexcept {
    if (this != &other) {
      drop();
      record_ = std::exchange(other.record_, nullptr);
    }
    return *this;
  }
  span(const span&) = delete;
  span& operator=(const span&) = delete;
  ~span() { drop(); }

  /// False: tracing is off.
  explicit operator bool() const noexcept { return record_ != nullptr; }
  /// Whether attributes are kept: it is sampled, and not ended. For attributes that cost something to find out.
  bool recording() const noexcept { return record_ && is_recording(); }
  /// Its parent is a span of another service.
  bool from_outside() const noexcept { return record_ && is_from_outside(); }

  // Attributes. Each key once: a second one of the same name stands beside the first. Names and values by
  // OpenTelemetry's semantic conventions, where there are any. What makes the span longer than 64 KiB is dropped, and
  // counted in it.

  span& set(std::string_view key, std::string_view value) {
    if (record_) set_text(key, value);
    return *this;
  }
  template <std::same_as<bool> Bool>
  span& set(std::string_view key, Bool value) {
    if (record_) set_bool(key, value);
    return *this;
  }
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  span& set(std::string_view key, Integer value) {
    if (record_) set_integer(key, static_cast<std::int64_t>(value));
    return *this;
  }
  span& set(std::string_view key, double value) {
    if (record_) set_double(key, value);
    return *this;
  }
  /// In the place of the name that it was begun with.
  void rename(std::string_view name) {
    if (record_) set_name(name);
  }
  /// Status ERROR. `why` is for whoever reads the trace: no secrets, no stack.
  void fail(std::string_view why = {}) {
    if (record_) set_failed(why);
  }
  /// Something that happened now, in the middle of it.
  void event(std::string_view name) {
    if (record_) add_event(name);
  }

  /// A span below this one; an empty one below an empty one.
  span child(std::string_view name, trace::kind what = kind::internal) const {
    return record_ ? begin_child(name, what, nullptr) : span();
  }
  /// The same for what has begun before.
  span child(std::string_view name, trace::kind what, clock::time_point began) const {
    return record_ ? begin_child(name, what, &began) : span();
  }

  /// Where it is, for a service that is called or for work that begins later; an empty one if it is empty.
  const context& where() const noexcept;
  /// The value of the field, also of one that isn't sampled. Not of an empty one.
  fixed_text<55> traceparent() const noexcept { return where().traceparent(); }

  void end() noexcept {
    if (record_) finish(nullptr);
  }
  /// It has ended before.
  void end(clock::time_point when) noexcept {
    if (record_) finish(&when);
  }

 private:
  friend class tracer;
  friend class parent;
  friend class detail::attribute_writer;
  explicit span(detail::record* made) noexcept : record_(made) {}

  bool is_recording() const noexcept;
  bool is_from_outside() const noexcept;
  void set_text(std::string_view key, std::string_view value);
  void set_bool(std::string_view key, bool value);
  void set_integer(std::string_view key, std::int64_t value);
  void set_double(std::string_view key, double value);
  void set_name(std::string_view name);
  void set_failed(std::string_view why);
  void add_event(std::string_view name);
  span begin_child(std::string_view name, trace::kind what, const clock::time_point* began) const;
  void finish(const clock::time_point* when) noexcept;
  void drop() noexcept {
    if (record_) end_and_release();
  }
  void end_and_release() noexcept;

  detail::record* record_ = nullptr;
};

}  // namespace sundown::trace
