#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

/// Structured logging: one event is a message and fields. Rendered as text for people or as JSON lines for machines.
///
/// Every line goes through a bounded queue to one writer thread (spdlog), so a slow or blocked stdout never blocks the
/// caller: when the queue is full the oldest lines are dropped, counted, and the count is logged.
/// Thread safety: everything but start() and stop() from any thread. Lines written before start() or after stop() go
/// straight to stderr.
namespace sundown::log {

enum class level { trace, debug, info, warn, error, off };
enum class format { text, json };

struct options {
  log::level level = level::info;
  log::format format = format::text;
  bool access = true;
};

/// One key and its value. Views: only valid for the duration of the call that takes them.
struct field {
  using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  field(std::string_view k, bool v) : key(k), value(v) {}
  template <std::signed_integral T>
  field(std::string_view k, T v) : key(k), value(std::int64_t{v}) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  field(std::string_view k, T v) : key(k), value(std::uint64_t{v}) {}
  field(std::string_view k, double v) : key(k), value(v) {}
  template <std::convertible_to<std::string_view> T>
  field(std::string_view k, const T& v) : key(k), value(std::string_view(v)) {}
  /// Durations are written in seconds, the base unit, with millisecond digits.
  template <class Rep, class Period>
  field(std::string_view k, std::chrono::duration<Rep, Period> v)
      : key(k), value(std::chrono::duration<double>(v).count()) {}

  std::string_view key;
  value_type value;
};
using fields = std::initializer_list<field>;

/// Starts the writer thread on stdout. Once per process.
void start(const options& how);

/// Writes out what is queued, for at most `limit`, and ends the writer. False if the limit cut it: then the writer may
/// be stuck in write(2) and the process must leave by _exit.
bool stop(std::chrono::milliseconds limit);

/// Takes effect for the next line; also from a SIGHUP reload.
void set_level(level now) noexcept;
bool enabled(level at) noexcept;

void write(level at, std::string_view message, fields more = {});
inline void debug(std::string_view message, fields more = {}) { write(level::debug, message, more); }
inline void info(std::string_view message, fields more = {}) { write(level::info, message, more); }
inline void warn(std::string_view message, fields more = {}) { write(level::warn, message, more); }
inline void error(std::string_view message, fields more = {}) { write(level::error, message, more); }

/// Writes a line that is already a whole JSON object (the shutdown report), unchanged in both formats.
void write_json(std::string_view object);

/// One request that was answered.
struct access_entry {
  std::string_view id, method, target, route, remote;
  unsigned status;
  std::uint64_t bytes;
  std::chrono::nanoseconds duration;
};

/// The access log of one worker thread: lines collect in a buffer and are handed to the writer as one block, so that a
/// request costs no lock and no wake-up. Call flush() when the event loop has nothing else to do and at the end.
/// Thread safety: none; one object per worker.
class access_log {
 public:
  explicit access_log(bool enabled) : enabled_(enabled) {}
  ~access_log() { flush(); }
  access_log(const access_log&) = delete;
  access_log& operator=(const access_log&) = delete;

  bool enabled() const noexcept { return enabled_; }
  /// True when this was the first line since the last flush: the caller then schedules one.
  bool add(const access_entry& entry);
  void flush();

 private:
  std::string block_;
  std::uint64_t lines_ = 0;
  bool enabled_;
};

/// Lines dropped since start because the writer could not keep up.
std::uint64_t dropped() noexcept;

}  // namespace sundown::log
