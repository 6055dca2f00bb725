#pragma once

#include <ostream>  // which the next needs

#include "http/request_parser.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sundown::http2 {

/// The text of a request's head as it comes out of HPACK, and its way into the parser that handlers look at.
///
/// Pseudo fields become what HTTP/1 has in their place: `:authority` is Host. Lines of Cookie become one (RFC 9113
/// §8.2.3).
class request_head {
 public:
  using parser = http::detail::request_parser;

  void begin(std::size_t limit) noexcept;
  /// Takes a field. Over the limit it is left out, and the request is refused with 431.
  void add(parser& to, std::string_view name, std::string_view value);
  void end(parser& to, bool has_body);
  /// All bytes that have come, kept or not.
  std::size_t size() const noexcept { return size_; }

 private:
  using slice = parser::slice;

  slice keep(std::string_view text);
  void add_pseudo(parser& to, std::string_view name, std::string_view value);
  void put(parser& to, slice name, slice value) noexcept;

  std::string text_;
  std::string cookies_;
  slice method_{}, target_{};
  std::size_t size_ = 0;
  std::size_t limit_ = 0;
  bool has_authority_ = false;
};

}  // namespace sundown::http2
