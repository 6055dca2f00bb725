#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace sundown {

/// Why an expected failure happened; the HTTP layer maps each to one status.
enum class errc {
  not_found,    ///< no such thing: 404
  conflict,     ///< it exists in another version than the caller named: 412
  malformed,    ///< the caller's input can't be read: 400
  invalid,      ///< it can be read, but makes no sense: 422
  unavailable,  ///< a dependency is down, locked, full or read-only: 503
  busy,         ///< our own bounded queue is full: 503 with Retry-After
  timed_out,    ///< a dependency did not answer within its limit: 503
  canceled,     ///< given up because the service stops: 503
};

/// Stable lower-case name, for logs.
const char* to_string(errc code) noexcept;

/// A text that a client may see: it says what to do, and holds no internals (no path, no address, no words of a
/// library). Made on purpose only: no string becomes one by itself.
class advice {
 public:
  explicit advice(std::string text) : text_(std::move(text)) {}
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

/// An expected failure: a value, never thrown. Two readers, two texts: `detail` is for the log, and nothing shows it to
/// a client; `shown` is for the client, beside what `code` maps to.
struct error {
  error() = default;  // for result<T>
  error(errc why, std::string for_the_log) : code(why), detail(std::move(for_the_log)) {}
  error(errc why, advice for_the_client) : code(why), shown(std::move(for_the_client).text()) {}
  error(errc why, std::string for_the_log, advice for_the_client)
      : code(why), detail(std::move(for_the_log)), shown(std::move(for_the_client).text()) {}

  errc code{};
  std::string detail;
  std::string shown;  ///< empty: only what `code` maps to
};

/// Expected failures are values, exceptions are bugs or start-up faults (caught in two places: the session and main).
template <class T>
using result = boost::system::result<T, error>;

/// Makes result<T>::value() throw: calling it without a check is a programming error.
[[noreturn]] inline void throw_exception_from_error(const error& e, const boost::source_location&) {
  throw std::logic_error(std::string("unchecked result: ") + to_string(e.code) + ": " + e.detail);
}

/// A fault at start-up that the user can mend. what() says what failed and what to do; main prints it and exits 1.
class startup_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace sundown
