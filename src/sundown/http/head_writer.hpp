#pragma once

#include "http/date_text.hpp"
#include "http/framing.hpp"

#include <sundown/http/response.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sundown::http::detail {

/// RFC 9110 §5.3: a response has one, though it may be given several.
std::string_view content_type_of(const response& what) noexcept;

/// Why a field that a handler has given its response is not written; nullptr if it is.
const char* fault_of_field(std::string_view name, std::string_view value) noexcept;

/// Writes response heads. One per worker: it caches what changes only once a second.
class head_writer {
 public:
  /// Appends the whole head with its final empty line. `version` 10 or 11 is the request's.
  void append(std::string& out, const response& what, framing body, std::string_view id, bool close, int version);

  /// Names a field that is dropped in the log, once.
  void tell_of(const std::string& name, const char* why, std::string_view id);

 private:
  void refresh_date();
  /// The fields that a handler may give, without Content-Type; the others are told of.
  void append_fields(std::string& out, const fields& given, std::string_view id);

  date_text date_;
  std::string common_;                          ///< "\r\nServer: ...\r\nDate: ...\r\n"
  std::string ok_prefix_;                       ///< the same behind "HTTP/1.1 200 OK"
  std::set<std::string, std::less<>> told_of_;  ///< names of fields that were dropped
};

}  // namespace sundown::http::detail
