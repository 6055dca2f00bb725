#pragma once

#include <boost/json/parse_options.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

#include <string>
#include <string_view>

namespace sundown::http::detail {

/// Why a text is not JSON, if it is none. Keeps nothing of it.
boost::system::error_code scan_json(std::string_view text);

/// How a value is read that is kept: numbers to the nearest double, so that what is written is read as the same.
inline boost::json::parse_options exactly() noexcept {
  boost::json::parse_options how;
  how.numbers = boost::json::number_precision::precise;
  return how;
}

/// A string of a text that is well-formed, with its quotation marks.
std::string decode_string(std::string_view quoted);

/// A number of a text that is well-formed: an integer, or a double.
boost::json::value decode_number(std::string_view digits);

}  // namespace sundown::http::detail
