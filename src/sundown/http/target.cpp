#include "http/target.hpp"

#include "http/characters.hpp"

#include <boost/beast/core/string.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <ostream>  // beast/http/verb.hpp needs it

namespace sundown::http::detail {

namespace {

using boost::beast::http::verb;

/// Schemes have no case (RFC 3986 §3.1).
std::size_t scheme_size(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (boost::beast::iequals(target.substr(0, scheme.size()), scheme)) return scheme.size();
  }
  return 0;
}

bool is_ipv6(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  in6_addr ignored;
  return ::inet_pton(AF_INET6, terminated.data(), &ignored) == 1;
}

/// RFC 3986 §3.2.3 lets it be empty; TCP has no more than 65535.
bool is_port(std::string_view text) noexcept {
  unsigned value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > 0xffff) return false;
  }
  return true;
}

std::size_t host_size(std::string_view authority) noexcept {
  if (authority.starts_with('[')) return std::min(authority.find(']'), authority.size() - 1) + 1;
  return std::min(authority.find(':'), authority.size());
}

}  // namespace

bool is_host(std::string_view text) noexcept {
  const auto size = host_size(text);
  const auto host = text.substr(0, size);
  const auto port = text.substr(size);
  if (!port.empty() && (port.front() != ':' || !is_port(port.substr(1)))) return false;
  if (!host.starts_with('[')) return is_encoded_text(name_character, host);
  return host.ends_with(']') && is_ipv6(host.substr(1, host.size() - 2));
}

std::optional<std::string_view> path_and_query(verb method, std::string_view target) noexcept {
  if (target.starts_with('/') || method == verb::connect) return target;
  if (target == "*" && method == verb::options) return target;
  const auto begin = scheme_size(target);
  if (begin == 0) return std::nullopt;
  const auto end = std::min(target.find_first_of("/?", begin), target.size());
  const auto authority = target.substr(begin, end - begin);
  // RFC 9110 §4.2.1, §4.2.4: an http URI has a host and no userinfo; is_host() knows no '@'.
  if (authority.empty() || authority.front() == ':' || !is_host(authority)) return std::nullopt;
  return target.substr(end);
}

std::string normal_path(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string normal;
  normal.reserve(path.size());
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (!is_triplet(path, at)) {
      normal += path[at];
      continue;
    }
    const auto value = static_cast<unsigned char>(hex_value(path[at + 1]) << 4 | hex_value(path[at + 2]));
    const auto plain = static_cast<char>(value);
    if (is_in(unreserved_character, plain)) {
      normal += plain;
    } else {
      normal += '%';
      normal += digits[value >> 4];
      normal += digits[value & 15];
    }
    at += 2;
  }
  return normal;
}

}  // namespace sundown::http::detail
