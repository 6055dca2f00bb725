#include <sundown/http/json.hpp>

#include <boost/json/parse.hpp>

namespace sundown::http::detail {

shape_fault shape_fault::within(std::string outer) && {
  if (!where.empty() && where.front() != '[') outer += '.';
  return {outer + where, std::move(what)};
}

error error_of(const shape_fault& fault) {
  const auto subject = fault.where.empty() ? std::string("The JSON") : "'" + fault.where + "'";
  return {errc::invalid, advice(subject + ' ' + fault.what + '.')};
}

result<boost::json::value> parse_json_value(std::string_view text) {
  boost::system::error_code ec;
  auto value = boost::json::parse(text, ec);
  if (ec) return error{errc::malformed, advice("What was sent is not JSON: " + ec.message() + ".")};
  return value;
}

}  // namespace sundown::http::detail
