#include "http/session_status.hpp"

namespace sundown::http::detail {

std::string session_status::name(const route* matched, http::phase current, std::uint32_t stream) {
  std::string text;
  if (matched) {
    text = std::string(boost::beast::http::to_string(matched->method)) + " " + matched->pattern;
  } else {
    text = std::string("a request (") + phase_names[static_cast<std::size_t>(current)] + ")";
  }
  if (stream != 0) text += ", stream " + std::to_string(stream);
  return text;
}

milliseconds session_status::age(clock::time_point now) const noexcept {
  return std::chrono::duration_cast<milliseconds>(now - started());
}

}  // namespace sundown::http::detail
