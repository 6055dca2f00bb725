#include "http/request_parser.hpp"

#include <algorithm>
#include <ostream>  // beast/http/field.hpp needs it

namespace sundown::http::detail {

namespace {

/// The length is only a claim: never more than what has a good chance to come.
constexpr std::size_t most_reserved = 64 << 10;

}  // namespace

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
