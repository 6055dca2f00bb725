#include "http/request_parser.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace sundown::http::detail {

namespace {

bool is_digits(beast::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

/// RFC 3986 §2.1: '%' is always followed by two hex digits; a fragment is never sent.
bool well_formed_target(beast::string_view target) {
  for (auto at = target.find_first_of("%#"); at != target.npos; at = target.find_first_of("%#", at + 1)) {
    if (target[at] == '#' || target.size() - at < 3 || !is_hex(target[at + 1]) || !is_hex(target[at + 2])) return false;
  }
  return true;
}

/// The characters of a registered name (RFC 3986 §3.2.2).
constexpr auto name_characters = [] {
  std::array<bool, 256> in{};
  for (unsigned char c = '0'; c <= '9'; ++c) in[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) in[c] = in[c - 0x20] = true;
  for (const unsigned char c : {'-', '.', '_', '~', '!', '$', '&', '\'', '(', ')', '*', '+', ',', ';', '=', '%'})
    in[c] = true;
  return in;
}();

/// RFC 9110 §7.2: a host and perhaps a port; empty where the target has no authority.
bool well_formed_host(beast::string_view host) {
  auto at = host.begin();
  if (host.starts_with('[')) {
    at = std::find(at, host.end(), ']');
    if (at == host.end()) return false;
    if (!std::all_of(host.begin() + 1, at, [](char c) { return is_hex(c) || c == ':' || c == '.'; })) return false;
    ++at;
  } else {
    at = std::find_if_not(at, host.end(), [](char c) { return name_characters[static_cast<unsigned char>(c)]; });
  }
  if (at == host.end()) return true;
  return *at == ':' && std::all_of(at + 1, host.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Where the authority of an absolute form begins; 0 for other targets. Schemes have no case (RFC 3986 §3.1).
std::size_t authority_of(beast::string_view target) {
  for (const beast::string_view scheme : {"http://", "https://"}) {
    if (beast::iequals(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

}  // namespace

request_parser::request_parser(std::uint32_t header_limit) : head_end_limit_(header_limit) {
  basic_parser::header_limit(header_limit);
  basic_parser::body_limit(boost::none);  // set per route, once the head is there
}

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

bool request_parser::expects_continue() const noexcept {
  return expect_seen_ && version_ >= 11 && beast::iequals(field(beast::http::field::expect), "100-continue");
}

void request_parser::refuse(parse_fault why, error_code& ec) noexcept {
  fault_ = why;
  ec = beast::http::error::bad_value;
}

void request_parser::on_request_impl(beast::http::verb method, sv name, sv target, int version, error_code& ec) {
  method_ = method;
  method_name_ = slice_of(name);
  version_ = version;
  if (!well_formed_target(target)) return refuse(parse_fault::bad_target, ec);
  // RFC 9112 §3.2: origin-form, absolute-form, or "*" for OPTIONS. What the absolute form says of the authority is not
  // used: this server has one.
  if (target[0] != '/') {
    if (const auto authority = authority_of(target); authority != 0) {
      target.remove_prefix(std::min(target.find_first_of("/?", authority), target.size()));
    } else if (!(target == "*" && method == beast::http::verb::options) && method != beast::http::verb::connect) {
      return refuse(parse_fault::bad_target, ec);
    }
  }
  target_ = slice_of(target);
}

void request_parser::on_field_impl(beast::http::field id, sv name, sv value, error_code& ec) {
  if (is_header_done()) return;  // a trailer: read, never merged into the head (RFC 9110 §6.5.1)
  if (field_count_ == max_fields) return refuse(parse_fault::too_many_fields, ec);
  // Beast unfolds a folded value into a buffer of its own, which is no slice of ours; but if the first line has nothing
  // behind its colon, the value is a slice of the second.
  const char* const colon = name.data() + name.size();
  if (!inside(value) || std::find(colon, value.data(), '\r') != value.data())
    return refuse(parse_fault::folded_field, ec);
  switch (id) {
    case beast::http::field::content_length:
      if (content_length_seen_ || !is_digits(value)) return refuse(parse_fault::length_list, ec);
      content_length_seen_ = true;
      break;
    case beast::http::field::transfer_encoding:
      if (version_ < 11) return refuse(parse_fault::coding_in_http_1_0, ec);
      if (!beast::iequals(value, "chunked")) return refuse(parse_fault::unknown_coding, ec);
      break;
    case beast::http::field::host:
      if (host_seen_) return refuse(parse_fault::host_repeated, ec);
      if (!well_formed_host(value)) return refuse(parse_fault::bad_host, ec);
      host_seen_ = true;
      break;
    case beast::http::field::expect:
      expect_seen_ = true;
      break;
    default:
      break;
  }
  const auto where = value.empty() ? slice{} : slice_of(value);
  fields_[field_count_++] = {id, slice_of(name), where};
}

void request_parser::on_header_impl(error_code& ec) {
  if (version_ >= 11 && !host_seen_) refuse(parse_fault::host_missing, ec);
}

void request_parser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  // Never more than what has a good chance to come: the length is only a claim.
  if (collect_ && length) body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, 64 << 10)));
}

void request_parser::take(sv bytes) {
  if (collect_) {
    body_.append(bytes.data(), bytes.size());
  } else {
    piece_ = {bytes.data(), bytes.size()};
  }
}

std::size_t request_parser::on_body_impl(sv bytes, error_code&) {
  take(bytes);
  return bytes.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, sv bytes, error_code&) {
  take(bytes);
  return bytes.size();
}

}  // namespace sundown::http::detail
