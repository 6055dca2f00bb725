#include "http/json_scan.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>

namespace sundown::http::detail {

namespace {

/// What the parser calls with what it finds. Keeps nothing: the parser's own checks are what is wanted.
struct no_values {
  static constexpr auto max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr auto max_array_size = max_object_size;
  static constexpr auto max_key_size = max_object_size;
  static constexpr auto max_string_size = max_object_size;
  using fault = boost::system::error_code;

  bool on_document_begin(fault&) { return true; }
  bool on_document_end(fault&) { return true; }
  bool on_object_begin(fault&) { return true; }
  bool on_object_end(std::size_t, fault&) { return true; }
  bool on_array_begin(fault&) { return true; }
  bool on_array_end(std::size_t, fault&) { return true; }
  bool on_key_part(std::string_view, std::size_t, fault&) { return true; }
  bool on_key(std::string_view, std::size_t, fault&) { return true; }
  bool on_string_part(std::string_view, std::size_t, fault&) { return true; }
  bool on_string(std::string_view, std::size_t, fault&) { return true; }
  bool on_number_part(std::string_view, fault&) { return true; }
  bool on_int64(std::int64_t, std::string_view, fault&) { return true; }
  bool on_uint64(std::uint64_t, std::string_view, fault&) { return true; }
  bool on_double(double, std::string_view, fault&) { return true; }
  bool on_bool(bool, fault&) { return true; }
  bool on_null(fault&) { return true; }
  bool on_comment_part(std::string_view, fault&) { return true; }
  bool on_comment(std::string_view, fault&) { return true; }
};

// The parser calls its handler's functions by name: what hides one here stands for it.
// NOLINTBEGIN(bugprone-derived-method-shadowing-base-method)
struct string_value : no_values {
  bool on_string_part(std::string_view part, std::size_t, fault&) { return add(part); }
  bool on_string(std::string_view part, std::size_t, fault&) { return add(part); }
  bool add(std::string_view part) {
    text += part;
    return true;
  }

  std::string text;
};

struct number_value : no_values {
  bool on_int64(std::int64_t given, std::string_view, fault&) { return keep(given); }
  bool on_uint64(std::uint64_t given, std::string_view, fault&) { return keep(given); }
  bool on_double(double given, std::string_view, fault&) { return keep(given); }
  bool keep(boost::json::value given) {
    number = std::move(given);
    return true;
  }

  boost::json::value number;
};
// NOLINTEND(bugprone-derived-method-shadowing-base-method)

template <class Handler>
using parser = boost::json::basic_parser<Handler>;

template <class Handler>
boost::system::error_code parse(parser<Handler>& with, std::string_view text) {
  boost::system::error_code fault;
  const auto parsed = with.write_some(false, text.data(), text.size(), fault);
  if (!fault && parsed < text.size()) fault = boost::json::error::extra_data;
  return fault;
}

}  // namespace

boost::system::error_code scan_json(std::string_view text) {
  parser<no_values> scanner{boost::json::parse_options()};
  return parse(scanner, text);
}

std::string decode_string(std::string_view quoted) {
  parser<string_value> decoder{boost::json::parse_options()};
  decoder.handler().text.reserve(quoted.size());
  std::ignore = parse(decoder, quoted);  // well-formed, says the caller
  return std::move(decoder.handler().text);
}

boost::json::value decode_number(std::string_view digits) {
  parser<number_value> decoder{exactly()};
  std::ignore = parse(decoder, digits);
  return std::move(decoder.handler().number);
}

}  // namespace sundown::http::detail
