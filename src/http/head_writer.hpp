#pragma once

#include <sundown/http/response.hpp>

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace sundown::http::detail {

/// How the body that follows a head is framed (RFC 9112 §6).
struct framing {
  enum class kind { length, chunked, until_close, none } how = kind::length;
  std::uint64_t length = 0;
};

/// Writes response heads. One per worker: it caches what changes only once a second.
class head_writer {
 public:
  /// Appends the whole head with its final empty line. `version` 10 or 11 is the request's.
  void append(std::string& out, const response& what, framing body, std::string_view id, bool close, int version);

 private:
  void refresh_date();

  std::time_t second_ = 0;
  std::string common_;     ///< "\r\nServer: ...\r\nDate: ...\r\n"
  std::string ok_prefix_;  ///< the same behind "HTTP/1.1 200 OK"
};

}  // namespace sundown::http::detail
