#include "http/chunk_reader.hpp"

#include "http/characters.hpp"

#include <algorithm>

namespace sundown::http::detail {

std::size_t chunk_reader::put(std::string_view bytes, std::string_view& data) noexcept {
  data = {};
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (state_ == state::data) {
      data = bytes.substr(at, static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, bytes.size() - at)));
      chunk_left_ -= data.size();
      if (chunk_left_ == 0) state_ = state::data_end;
      return at + data.size();
    }
    state_ = step(bytes[at]);
    if (state_ == state::done || state_ == state::refused) return at + 1;
  }
  return bytes.size();
}

chunk_reader::state chunk_reader::refuse(parse_fault why) noexcept {
  fault_ = why;
  return state::refused;
}

chunk_reader::state chunk_reader::step(char c) noexcept {
  if (state_ >= state::trailer_start) {
    if (++trailer_size_ > trailer_limit_) return refuse(parse_fault::fields_too_large);
  } else if (++line_size_ > line_limit) {
    return refuse(parse_fault::bad_chunk);
  }
  switch (state_) {
    case state::size_start:
      return add_digit(c);
    case state::size:
      return hex_value(c) >= 0 ? add_digit(c) : end_of_line(c);
    case state::before_semicolon:
      if (is_blank(c)) return state_;
      return c == ';' ? state::name_start : refuse(parse_fault::bad_chunk);
    case state::name_start:
      if (is_blank(c)) return state_;
      return is_in(token_character, c) ? state::name : refuse(parse_fault::bad_chunk);
    case state::name:
      if (is_in(token_character, c)) return state_;
      if (c == '=') return state::value_start;
      return is_blank(c) ? state::after_name : end_of_line(c);
    case state::after_name:
      if (is_blank(c)) return state_;
      if (c == '=') return state::value_start;
      return c == ';' ? state::name_start : refuse(parse_fault::bad_chunk);
    case state::value_start:
      if (is_blank(c)) return state_;
      if (c == '"') return state::quoted;
      return is_in(token_character, c) ? state::value : refuse(parse_fault::bad_chunk);
    case state::value:
      return is_in(token_character, c) ? state_ : end_of_line(c);
    case state::quoted:
      if (c == '"') return state::after_quoted;
      if (c == '\\') return state::escaped;
      return is_in(quoted_character, c) ? state_ : refuse(parse_fault::bad_chunk);
    case state::escaped:
      return is_in(value_character, c) ? state::quoted : refuse(parse_fault::bad_chunk);
    case state::after_quoted:
      return end_of_line(c);
    case state::line_feed:
      return c == '\n' ? begin_data() : refuse(parse_fault::bad_chunk);
    case state::data_end:
      return c == '\r' ? state::data_line_feed : refuse(parse_fault::bad_chunk);
    case state::data_line_feed:
      line_size_ = 0;
      return c == '\n' ? state::size_start : refuse(parse_fault::bad_chunk);
    case state::trailer_start:
      if (c == '\r') return state::last_line_feed;
      if (is_blank(c)) return refuse(parse_fault::folded_field);
      return begin_trailer(c);
    case state::trailer_name:
      if (c == ':') return state::trailer_value;
      return is_in(token_character, c) ? state_ : refuse(parse_fault::bad_field);
    case state::trailer_value:
      if (c == '\r') return state::trailer_line_feed;
      return is_in(value_character, c) ? state_ : refuse(parse_fault::bad_field);
    case state::trailer_line_feed:
      return c == '\n' ? state::trailer_start : refuse(parse_fault::line_end);
    case state::last_line_feed:
      return c == '\n' ? state::done : refuse(parse_fault::line_end);
    case state::data:
    case state::done:
    case state::refused:
      break;
  }
  return refuse(parse_fault::bad_chunk);
}

chunk_reader::state chunk_reader::add_digit(char c) noexcept {
  const auto digit = hex_value(c);
  if (digit < 0 || chunk_left_ >> 60 != 0) return refuse(parse_fault::bad_chunk);
  chunk_left_ = chunk_left_ << 4 | static_cast<unsigned>(digit);
  return state::size;
}

/// Behind a size, a name or a value: the next extension, or the end.
chunk_reader::state chunk_reader::end_of_line(char c) noexcept {
  if (c == '\r') return state::line_feed;
  if (c == ';') return state::name_start;
  return is_blank(c) ? state::before_semicolon : refuse(parse_fault::bad_chunk);
}

chunk_reader::state chunk_reader::begin_data() noexcept {
  if (chunk_left_ > body_left_) return refuse(parse_fault::body_too_large);
  body_left_ -= chunk_left_;
  return chunk_left_ == 0 ? state::trailer_start : state::data;
}

chunk_reader::state chunk_reader::begin_trailer(char c) noexcept {
  if (!is_in(token_character, c)) return refuse(parse_fault::bad_field);
  if (trailers_left_ == 0) return refuse(parse_fault::too_many_fields);
  --trailers_left_;
  return state::trailer_name;
}

}  // namespace sundown::http::detail
