#include <sundown/error.hpp>

namespace sundown {

const char* to_string(errc code) noexcept {
  switch (code) {
    case errc::not_found:
      return "not_found";
    case errc::conflict:
      return "conflict";
    case errc::malformed:
      return "malformed";
    case errc::invalid:
      return "invalid";
    case errc::unavailable:
      return "unavailable";
    case errc::busy:
      return "busy";
    case errc::timed_out:
      return "timed_out";
    case errc::canceled:
      return "canceled";
  }
  return "unknown";
}

}  // namespace sundown
