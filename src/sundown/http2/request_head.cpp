#include "http2/request_head.hpp"

namespace sundown::http2 {

using namespace std::string_view_literals;
using http::detail::parse_fault;

namespace {

/// What a line of HTTP/1 has around its name and value.
constexpr std::size_t around = ": \r\n"sv.size();

}  // namespace

void request_head::begin(std::size_t limit) noexcept {
  text_.clear();
  cookies_.clear();
  method_ = target_ = {0, 0};
  size_ = 0;
  limit_ = limit;
  has_authority_ = false;
}

request_head::slice request_head::keep(std::string_view text) {
  const slice kept{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(text.size())};
  text_ += text;
  return kept;
}

void request_head::put(parser& to, slice name, slice value) noexcept {
  to.base(text_.data());
  to.put_decoded(name, value);
}

void request_head::add(parser& to, std::string_view name, std::string_view value) {
  size_ += name.size() + value.size() + around;
  if (to.fault() != parse_fault::none && !name.starts_with(':')) return;
  if (size_ > limit_) {
    const bool target = name == ":path"sv;
    return to.refuse(target ? parse_fault::target_too_long : parse_fault::fields_too_large);
  }
  if (name.starts_with(':')) return add_pseudo(to, name, value);
  if (name == "host"sv && has_authority_) return;  // RFC 9113 §8.3.1: they are the same, or :authority counts
  if (name == "cookie"sv) {
    if (!cookies_.empty()) cookies_ += "; "sv;
    cookies_ += value;
    return;
  }
  const auto kept = keep(name);
  put(to, kept, keep(value));
}

void request_head::add_pseudo(parser& to, std::string_view name, std::string_view value) {
  if (name == ":method"sv) {
    method_ = keep(value);
  } else if (name == ":path"sv) {
    target_ = keep(value);
  } else if (name == ":authority"sv) {
    has_authority_ = true;
    const auto host = keep("host"sv);
    const auto kept = keep(value);
    if (target_.size == 0) target_ = kept;  // of CONNECT, which has no :path
    put(to, host, kept);
  }
}

void request_head::end(parser& to, bool has_body) {
  if (!cookies_.empty()) {
    const auto name = keep("cookie"sv);
    put(to, name, keep(cookies_));
  }
  to.base(text_.data());
  to.end_decoded(method_, target_, has_body);
}

}  // namespace sundown::http2
