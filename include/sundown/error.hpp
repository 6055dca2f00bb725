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

/// An expected failure: a value, never thrown. `detail` is for the log; clients see only what `code` maps to.
struct error {
  errc code;
  std::string detail;
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
