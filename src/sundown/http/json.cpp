#include <sundown/http/json.hpp>

#include "http/json_scan.hpp"

namespace sundown::http::detail {

shape_fault shape_fault::within(std::string outer) && {
  if (!where.empty() && where.front() != '[') outer += '.';
  return {outer + where, std::move(what)};
}

error error_of(const shape_fault& fault) {
  const auto subject = fault.where.empty() ? std::string("The JSON") : "'" + fault.where + "'";
  return {errc::invalid, advice(subject + ' ' + fault.what + '.')};
}

result<json_cursor> start_json(std::string_view text) {
  if (const auto fault = scan_json(text))
    return error{errc::malformed, advice("What was sent is not JSON: " + fault.message() + ".")};
  return json_cursor(text);
}

}  // namespace sundown::http::detail
