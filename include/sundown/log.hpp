#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// Structured logging: one event is a message and fields. Rendered as text for people or as JSON lines for machines.
///
/// Every line goes through a bounded queue to one writer thread (spdlog), so a slow or blocked stdout never blocks the
/// caller. When the queue is full the oldest lines are dropped; a line that stdout doesn't take (a full disk, a reader
/// that is gone) is lost. Both are counted, and the count is logged as soon as a line can be written again. No input
/// can forge a line: what a terminal would act on or not show is escaped in both formats.
/// Thread safety: everything but start() and stop() from any thread. Lines written before start() or after stop() go
/// straight to stderr, and are dropped if that doesn't take them within a tenth of a second.
namespace sundown::log {

enum class level { trace, debug, info, warn, error, off };
enum class format { text, json };

/// The names used in the configuration and in the lines.
std::string_view to_string(level value) noexcept;
std::string_view to_string(format value) noexcept;
std::optional<level> parse_level(std::string_view name) noexcept;
std::optional<format> parse_format(std::string_view name) noexcept;

struct options {
  log::level level = level::info;
  log::format format = format::text;
  bool access = true;
};

/// One key and its value. Views: only valid for the duration of the call that takes them.
struct field {
  using seconds = std::chrono::duration<double>;
  using value_type = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, seconds>;

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
  field(std::string_view k, std::chrono::duration<Rep, Period> v) : key(k), value(seconds(v)) {}

  std::string_view key;
  value_type value;
};
using fields = std::initializer_list<field>;

/// Starts the writer thread on stdout. Again only after a stop().
void start(const options& how);

/// Writes out what is queued and ends the writer. Gives up once nothing was written for `patience`, and at `limit`
/// whatever still moves. Errors and the report that stdout has not taken go to stderr within the same limit; so does
/// the count of lost lines that no line could tell. False if it gave up: then the writer may be stuck in write(2), is
/// left behind with all it uses, and the process leaves by _exit.
bool stop(std::chrono::milliseconds patience, std::chrono::milliseconds limit);

/// Takes effect for the next line; also from a SIGHUP reload.
void set_level(level now) noexcept;
bool enabled(level at) noexcept;

void write(level at, std::string_view message, fields more = {});
inline void debug(std::string_view message, fields more = {}) { write(level::debug, message, more); }
inline void info(std::string_view message, fields more = {}) { write(level::info, message, more); }
inline void warn(std::string_view message, fields more = {}) { write(level::warn, message, more); }
inline void error(std::string_view message, fields more = {}) { write(level::error, message, more); }

/// Writes the shutdown report, a line that is already a whole JSON object, the same in both formats and at any level.
void write_report(std::string_view object);

/// One request that has ended.
struct access_entry {
  std::string_view id, method, target, route, remote;
  unsigned status;
  std::uint64_t bytes;
  std::chrono::nanoseconds duration;
  std::string_view cut = {};       ///< why its answer is not whole; empty: it is
  std::string_view client = {};    ///< who it is, by its certificate; empty: not known
  std::string_view protocol = {};  ///< empty: HTTP/1
  std::string_view shed = {};      ///< why it was not admitted; empty: it was
  std::string_view trace = {};     ///< the id of its trace; empty: there is none to be told
};

/// A point in time as "2026-11-22T11:33:11.123Z". All but the milliseconds is kept for the rest of the second.
/// Thread safety: none.
class time_text {
 public:
  static constexpr std::size_t size = 24;
  std::string_view at(std::chrono::system_clock::time_point when) noexcept;

 private:
  std::int64_t second_ = std::numeric_limits<std::int64_t>::min();
  std::array<char, size> text_{};
};

/// The access log of one worker thread: lines collect in a buffer and are handed to the writer as one block, so that a
/// request costs no lock and no wake-up. Call flush() within a few milliseconds and at the end; a block of 32 KiB goes
/// by itself. While stdout is stuck, access lines are the first to be dropped. Thread safety: none; one object per
/// worker.
class access_log {
 public:
  explicit access_log(bool enabled) : enabled_(enabled) {}
  ~access_log() { flush(); }
  access_log(const access_log&) = delete;
  access_log& operator=(const access_log&) = delete;

  bool enabled() const noexcept { return enabled_; }
  /// For a reload, on the worker's thread.
  void set_enabled(bool now) noexcept { enabled_ = now; }
  /// True when this was the first line since the last flush: the caller then schedules one.
  bool add(const access_entry& entry);
  void flush();

 private:
  std::string block_;  ///< grown once; used_ of its bytes are lines
  std::size_t used_ = 0;
  std::uint32_t lines_ = 0;
  bool enabled_;
  time_text clock_;
};

/// Lines lost since start: the writer could not keep up, or stdout did not take them.
std::uint64_t dropped() noexcept;

}  // namespace sundown::log
