#include "http/session_status.hpp"

namespace sundown::http::detail {

const char* to_string(phase at) noexcept {
  switch (at) {
    case phase::fresh:
      return "fresh";
    case phase::idle:
      return "idle";
    case phase::head:
      return "head";
    case phase::body:
      return "body";
    case phase::handler:
      return "handler";
    case phase::answer:
      return "answer";
    case phase::stream:
      return "stream";
    case phase::websocket:
      return "websocket";
    case phase::linger:
      return "linger";
  }
  return "?";
}

std::string session_status::what(const route* matched, phase at) {
  if (!matched) return std::string("a request (") + to_string(at) + ")";
  return std::string(boost::beast::http::to_string(matched->method)) + " " + matched->pattern;
}

milliseconds session_status::age(clock::time_point at) const noexcept {
  return std::chrono::duration_cast<milliseconds>(at - started());
}

}  // namespace sundown::http::detail
