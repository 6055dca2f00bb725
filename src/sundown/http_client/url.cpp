#include "http_client/url.hpp"

#include "base/characters.hpp"
#include "base/number.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <cstdint>

namespace sundown::http_client {

namespace {

error malformed(const std::string& what) { return {errc::malformed, std::string(url_subject) + what}; }

/// "http" or "https" and what is behind "://".
bool take_scheme(std::string_view& rest, bool& tls) {
  constexpr std::string_view separator = "://";
  const auto end = rest.find(separator);
  if (end == rest.npos) return false;
  const auto scheme = rest.substr(0, end);
  tls = boost::beast::iequals(scheme, "https");
  if (!tls && !boost::beast::iequals(scheme, "http")) return false;
  rest.remove_prefix(end + separator.size());
  return true;
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= 255 && base::span_of(base::unreserved_character, host) == host.size();
}

/// "host", "host:port", "[::1]:port".
bool read_authority(std::string_view text, origin& into) {
  const bool bracket = text.starts_with('[');
  const auto end = bracket ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == text.npos) return false;
  const auto host = bracket ? text.substr(1, end - 1) : text.substr(0, end);
  const auto rest = text.substr(end + (bracket ? 1 : 0));
  const bool good = bracket ? !host.empty() && host.find_first_not_of("0123456789abcdefABCDEF:.") == host.npos &&
                                  host.find(':') != host.npos
                            : is_name(host);
  if (!good) return false;
  into.host = host;
  std::ranges::transform(into.host, into.host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  if (rest.empty() || rest == ":") return true;
  if (!rest.starts_with(':') || !base::parse_number<std::uint16_t>(rest.substr(1), 1)) return false;
  into.port = rest.substr(1);
  return true;
}

}  // namespace

std::string origin::authority() const {
  const auto name = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return port == (tls ? "443" : "80") ? name : name + ':' + port;
}

std::string origin::text() const { return (tls ? "https://" : "http://") + authority(); }

error at(const origin& where, const error& what) { return {what.code, where.text() + ": " + what.detail}; }

result<location> parse_url(std::string_view text) {
  location made;
  auto rest = text;
  if (!take_scheme(rest, made.where.tls)) return malformed("begins with neither http:// nor https://");
  made.where.port = made.where.tls ? "443" : "80";
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  if (authority.find('@') != authority.npos)
    return malformed("has a user: send credentials in the field Authorization");
  if (!read_authority(authority, made.where)) return malformed("has no host, or a port that is none");
  rest = rest.substr(0, rest.find('#'));  // a fragment is the client's own (RFC 9110 §4.2.5)
  if (!base::is_encoded_text(base::target_character, rest))
    return malformed("has a character that must be percent-encoded, in its path or query");
  made.target = rest.starts_with('/') ? std::string(rest) : '/' + std::string(rest);
  return made;
}

}  // namespace sundown::http_client
