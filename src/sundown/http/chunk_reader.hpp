#pragma once

#include "http/parse_fault.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace sundown::http::detail {

/// Reads the chunked coding (RFC 9112 §7.1) one byte after the other, so that nothing depends on how the bytes came.
///
/// Extensions and trailers are checked and dropped: nobody here needs them, and no trailer may change what the head
/// said (RFC 9110 §6.5.1). Only CR LF ends a line; a folded trailer is refused.
class chunk_reader {
 public:
  /// A chunk's size with its extensions, in bytes.
  static constexpr std::uint32_t line_limit = 1024;

  /// The most bytes of the trailer section, and the most fields in it.
  chunk_reader(std::uint32_t trailer_bytes, std::uint32_t trailer_fields) noexcept
      : trailer_limit_(trailer_bytes), trailers_left_(trailer_fields) {}
  /// The most bytes of data in all chunks.
  void body_limit(std::uint64_t bytes) noexcept { body_left_ = bytes; }

  /// Takes bytes up to the end of the next piece of data, which becomes `data`; of the body; or of what is there.
  std::size_t put(std::string_view bytes, std::string_view& data) noexcept;

  bool is_done() const noexcept { return state_ == state::done; }
  parse_fault fault() const noexcept { return fault_; }

 private:
  enum class state : std::uint8_t {
    size_start,
    size,
    before_semicolon,
    name_start,
    name,
    after_name,
    value_start,
    value,
    quoted,
    escaped,
    after_quoted,
    line_feed,
    data,
    data_end,
    data_line_feed,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_line_feed,
    last_line_feed,
    done,
    refused,
  };

  /// The state after this byte, which is none of the data.
  state step(char c) noexcept;
  state add_digit(char c) noexcept;
  state end_of_line(char c) noexcept;
  state begin_data() noexcept;
  state begin_trailer(char c) noexcept;
  state refuse(parse_fault why) noexcept;

  std::uint64_t chunk_left_ = 0;
  std::uint64_t body_left_ = std::numeric_limits<std::uint64_t>::max();
  std::uint32_t line_size_ = 0;
  std::uint32_t trailer_size_ = 0;
  std::uint32_t trailer_limit_;
  std::uint32_t trailers_left_;
  state state_ = state::size_start;
  parse_fault fault_ = parse_fault::none;
};

}  // namespace sundown::http::detail
