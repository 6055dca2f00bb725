#include "http/request_parser.hpp"

#include "http/characters.hpp"
#include "http/target.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ostream>  // beast/http/field.hpp needs it

namespace sundown::http::detail {

namespace {

/// The length is only a claim: never more than what has a good chance to come.
constexpr std::size_t most_reserved = 64 << 10;

/// Eight bytes at a time; a tab takes the slow way with whatever stands beside it.
bool is_value(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101, tops = ones << 7;
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data(), sizeof eight);
    const auto controls = (eight - ones * 0x20) & ~eight;
    const auto deleted = eight ^ ones * 0x7f;
    const auto deletes = (deleted - ones) & ~deleted;
    if (((controls | deletes) & tops) != 0 && span_of(value_character, text.substr(0, sizeof eight)) != sizeof eight) {
      return false;
    }
    text.remove_prefix(sizeof eight);
  }
  return span_of(value_character, text) == text.size();
}

/// Of the methods that Beast knows.
constexpr std::size_t longest_method = std::string_view("UNSUBSCRIBE").size();

/// "HTTP/" DIGIT "." DIGIT (RFC 9112 §2.3).
bool is_version(std::string_view text) noexcept {
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' && is_digit(text[7]);
}

/// Whether a version and its CR may begin so.
bool begins_version(std::string_view text) noexcept {
  constexpr std::string_view form = "HTTP/0.0\r";
  if (text.size() > form.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_digit(form[i]) ? !is_digit(text[i]) : text[i] != form[i]) return false;
  }
  return true;
}

}  // namespace

const request_parser::field_slice* request_parser::find_field(beast::http::field id,
                                                              const field_slice* from) const noexcept {
  for (const auto* const end = fields_.data() + field_count_; from != end; ++from) {
    if (from->id == id) return from;
  }
  return nullptr;
}

const request_parser::field_slice* request_parser::find_field(std::string_view name,
                                                              const field_slice* from) const noexcept {
  for (const auto* const end = fields_.data() + field_count_; from != end; ++from) {
    if (from->name.size == name.size() && beast::iequals(view(from->name), name)) return from;
  }
  return nullptr;
}

bool request_parser::has_token(beast::http::field id, std::string_view token) const noexcept {
  bool found = false;
  for_each_element(id, [&](std::string_view one) { found |= beast::iequals(one, token); });
  return found;
}

expectation request_parser::expects() const noexcept {
  if (!expect_seen_) return expectation::none;
  auto all = expectation::none;
  for_each_element(beast::http::field::expect, [&](std::string_view one) {
    if (!beast::iequals(one, "100-continue")) {
      all = expectation::unknown;
    } else if (all == expectation::none && version_ >= 11) {  // HTTP/1.0 has no 100
      all = expectation::go_ahead;
    }
  });
  return all;
}

request_parser::progress request_parser::put(std::string_view bytes) {
  switch (body_) {
    case body_kind::unknown:
      return put_head(bytes);
    case body_kind::length:
      return put_length(bytes);
    case body_kind::chunked:
      return put_chunks(bytes);
    case body_kind::decoded:
    case body_kind::complete:
      break;
  }
  return {0, verdict::done};
}

// -- the head

request_parser::progress request_parser::put_head(std::string_view bytes) {
  std::size_t taken = 0;
  for (;;) {
    const auto rest = bytes.substr(taken, head_left_);
    const auto end = rest.find('\n', searched_);
    if (end == rest.npos) {
      judge_part(rest, searched_);
      if (fault_ == parse_fault::none && rest.size() == head_left_) judge_too_long(rest);
      if (fault_ != parse_fault::none) return refused_in(rest, taken);
      // A CR at the end is looked at again: only an LF may follow it.
      searched_ = static_cast<std::uint32_t>(rest.size() - (rest.ends_with('\r') ? 1 : 0));
      return {taken, verdict::need_more};
    }
    taken += end + 1;
    head_left_ -= static_cast<std::uint32_t>(end + 1);
    searched_ = 0;
    put_line(rest.substr(0, end));
    if (fault_ != parse_fault::none) {
      judge_part(rest.substr(0, end), 0);  // the reason that it would have had in pieces
      return refused_in(rest, taken);
    }
    line_seen_ = true;
    if (head_done()) return {taken, is_done() ? verdict::done : verdict::head};
  }
}

request_parser::progress request_parser::refused_in(std::string_view line, std::size_t taken) noexcept {
  if (!line_seen_) find_method(line);  // the answer to HEAD has no body, whatever the rest of the line is
  return {taken, verdict::refused};
}

bool request_parser::find_method(std::string_view line) noexcept {
  const auto size = span_of(token_character, line);
  if (size == 0 || size == line.size() || line[size] != ' ') return false;
  method_name_ = slice_of(line.substr(0, size));
  method_ = beast::http::string_to_verb(line.substr(0, size));
  return true;
}

void request_parser::put_line(std::string_view line) {
  if (!line.ends_with('\r')) return refuse(line_seen_ ? parse_fault::line_end : parse_fault::request_line);
  line.remove_suffix(1);
  if (!line_seen_) return put_request_line(line);
  if (!line.empty()) return put_field_line(line);
  judge_head();
  if (fault_ == parse_fault::none) begin_body();
}

void request_parser::put_request_line(std::string_view line) noexcept {
  if (!find_method(line)) return refuse(parse_fault::request_line);
  const auto begin = method_name_.size + std::size_t{1};
  auto end = begin + span_of(target_character, line, begin);
  for (; is_triplet(line, end); end += span_of(target_character, line, end)) end += 3;
  if (end == line.size() || end == begin) return refuse(parse_fault::request_line);
  if (line[end] != ' ') return refuse(parse_fault::bad_target);

  const auto version = line.substr(end + 1);
  if (version != "HTTP/1.1") {
    if (!is_version(version)) return refuse(parse_fault::request_line);
    if (version[5] != '1') return refuse(parse_fault::other_version);
    version_ = version[7] == '0' ? 10 : 11;
  }

  const auto where = path_and_query(method_, line.substr(begin, end - begin));
  if (!where) return refuse(parse_fault::bad_target);
  target_ = slice_of(*where);
}

void request_parser::put_field_line(std::string_view line) noexcept {
  if (is_blank(line.front())) return refuse(parse_fault::folded_field);
  const auto name_end = span_of(token_character, line);
  if (name_end == 0 || name_end == line.size() || line[name_end] != ':') return refuse(parse_fault::bad_field);
  const auto name = line.substr(0, name_end);
  const auto value = trimmed(line.substr(name_end + 1));
  if (!is_value(value)) return refuse(parse_fault::bad_field);
  if (field_count_ == max_fields) return refuse(parse_fault::too_many_fields);
  const auto id = beast::http::string_to_field(name);
  fields_[field_count_++] = {id, slice_of(name), slice_of(value)};
  heed(id, value);
}

void request_parser::heed(beast::http::field id, std::string_view value) noexcept {
  switch (id) {
    case beast::http::field::connection:
      return heed_connection(value);
    case beast::http::field::content_length:
      return heed_length(value);
    case beast::http::field::transfer_encoding:
      return heed_coding(value);
    case beast::http::field::host:
      return heed_host(value);
    case beast::http::field::expect:
      expect_seen_ = true;
      return;
    default:
      return;
  }
}

void request_parser::heed_connection(std::string_view value) noexcept {
  detail::for_each_element(value, [&](std::string_view one) {
    close_ |= beast::iequals(one, "close");
    keep_alive_ |= beast::iequals(one, "keep-alive");
    if (!is_token(one)) refuse(parse_fault::bad_connection);
  });
}

void request_parser::heed_length(std::string_view value) noexcept {
  const auto* const end = value.data() + value.size();
  const auto [stop, fault] = std::from_chars(value.data(), end, length_);  // takes no sign
  if (length_seen_ || fault != std::errc{} || stop != end) return refuse(parse_fault::bad_length);
  length_seen_ = true;
}

void request_parser::heed_coding(std::string_view value) noexcept {
  coding_seen_ = true;
  bool empty = true;
  detail::for_each_element(value, [&](std::string_view one) {
    empty = false;
    chunked_last_ = beast::iequals(one, "chunked");
    if (!chunked_last_) {
      other_coding_ = true;
    } else if (chunked_times_ < 2) {
      ++chunked_times_;
    }
  });
  // Within the grammar, but for readers of the last line alone there is no coding.
  if (empty) refuse(parse_fault::chunked_not_last);
}

void request_parser::heed_host(std::string_view value) noexcept {
  if (host_seen_) return refuse(parse_fault::host_repeated);
  if (!is_host(value)) return refuse(parse_fault::bad_host);
  host_seen_ = true;
}

void request_parser::judge_head() noexcept {
  if (version_ >= 11 && !host_seen_) return refuse(parse_fault::host_missing);
  if (!coding_seen_) return;
  if (version_ < 11) return refuse(parse_fault::coding_in_http_1_0);
  if (length_seen_) return refuse(parse_fault::length_and_coding);
  if (!chunked_last_ || chunked_times_ != 1) return refuse(parse_fault::chunked_not_last);
  if (other_coding_) refuse(parse_fault::unknown_coding);
}

void request_parser::judge_part(std::string_view line, std::size_t searched) noexcept {
  // What the whole line would be refused for in any case, whatever else it brings.
  auto part = line.substr(searched);
  if (part.ends_with('\r')) part.remove_suffix(1);
  if (is_value(part)) return;
  refuse(line_seen_ ? parse_fault::bad_field : parse_fault::request_line);
}

void request_parser::judge_too_long(std::string_view line) noexcept {
  if (line_seen_) return refuse(parse_fault::fields_too_large);
  const auto method_end = span_of(token_character, line);
  if (method_end == line.size()) return refuse(parse_fault::method_too_long);
  if (method_end == 0 || line[method_end] != ' ') return refuse(parse_fault::request_line);
  // What follows the target is a few bytes: where they are the beginning of a version, the target has taken the room.
  const auto target_end = line.find(' ', method_end + 1);
  if (target_end != line.npos && !begins_version(line.substr(target_end + 1))) return refuse(parse_fault::request_line);
  refuse(method_end > longest_method ? parse_fault::method_too_long : parse_fault::target_too_long);
}

// -- a head that comes decoded

void request_parser::put_decoded(slice name, slice value) noexcept {
  if (field_count_ == max_fields) return refuse(parse_fault::too_many_fields);
  const auto id = beast::http::string_to_field(view(name));
  fields_[field_count_++] = {id, name, value};
  heed(id, view(value));
}

void request_parser::end_decoded(slice method, slice target, bool has_body) noexcept {
  version_ = 20;
  method_name_ = method;
  method_ = beast::http::string_to_verb(view(method));
  const auto where = is_encoded_text(target_character, view(target)) ? path_and_query(method_, view(target))
                                                                     : std::optional<std::string_view>();
  if (where) {
    target_ = slice_of(*where);
  } else if (fault_ == parse_fault::none) {
    refuse(parse_fault::bad_target);
  }
  coding_seen_ = has_body;
  body_ = has_body ? body_kind::decoded : body_kind::complete;
}

// -- the body

void request_parser::begin_body() {
  length_left_ = length_;
  if (coding_seen_) {
    body_ = body_kind::chunked;
  } else {
    body_ = length_ == 0 ? body_kind::complete : body_kind::length;
  }
}

request_parser::progress request_parser::put_length(std::string_view bytes) {
  const auto some = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(length_left_, bytes.size())));
  if (collect_ && length_left_ == length_) {
    collected_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(length_, most_reserved)));
  }
  take(some);
  length_left_ -= some.size();
  if (length_left_ == 0) body_ = body_kind::complete;
  return {some.size(), is_done() ? verdict::done : verdict::piece};
}

request_parser::progress request_parser::put_chunks(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    std::string_view data;
    taken += chunks_.put(bytes.substr(taken), data);
    if (chunks_.fault() != parse_fault::none) {
      refuse(chunks_.fault());
      return {taken, verdict::refused};
    }
    if (chunks_.is_done()) {
      body_ = body_kind::complete;
      return {taken, verdict::done};
    }
    if (data.empty()) continue;
    take(data);
    if (!collect_) break;  // one piece at a time
  }
  return {taken, verdict::piece};
}

void request_parser::take(std::string_view bytes) {
  if (collect_) {
    collected_ += bytes;
  } else {
    piece_ = bytes;
  }
}

}  // namespace sundown::http::detail
