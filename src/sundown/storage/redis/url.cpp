#include "storage/redis/url.hpp"

#include "base/number.hpp"
#include "config/server_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sundown::redis {

namespace {

error malformed(const std::string& what) {
  return {errc::invalid, "is no URL of a Redis server: it " + what +
                             "; it must be redis://[user:password@]host[:port][/database], or rediss:// for TLS"};
}

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned code = 0;
    const auto digits = text.substr(i + 1, 2);
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 2 || fault != std::errc{} || end != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(code);
    i += 2;
  }
  return out;
}

/// "user:password" or ":password". A name alone is refused: who shows the URL would take a password for it.
bool read_user(const configuration::server_url& url, address& into) {
  if (!url.password) return url.user.empty();
  const auto password = decoded(*url.password), user = decoded(url.user);
  if (!password || !user) return false;
  into.password = *password;
  if (!user->empty()) into.user = *user;
  return true;
}

/// "host", "host:port", "[::1]:port".
void read_host(std::string_view text, address& into) {
  const bool bracket = text.starts_with('[');
  const auto end = bracket ? text.find(']') : std::min(text.find(':'), text.size());
  into.host = bracket ? text.substr(1, end - 1) : text.substr(0, end);
  const auto rest = text.substr(end + (bracket ? 1 : 0));
  if (!rest.empty()) into.port = rest.substr(1);
}

}  // namespace

std::string address::text() const {
  return (host.find(':') == std::string::npos ? host : '[' + host + ']') + ':' + port;
}

result<address> parse_url(std::string_view text) {
  const auto url = configuration::split_server_url(text);
  if (!url) return malformed(url.error().detail);
  if (!url->scheme.starts_with("redis")) return malformed("begins with neither redis:// nor rediss://");
  address out;
  out.tls = url->scheme == "rediss";
  if (!url->options.empty()) return malformed("has options, and there are none");
  if (!configuration::is_host(url->hosts)) return malformed("has more than one host");
  read_host(url->hosts, out);
  if (!read_user(*url, out)) return malformed("has a user or a password that can't be read");
  const auto database = !url->path || url->path->empty() ? 0 : base::parse_number(*url->path, 0, 1'000'000);
  if (!database) return malformed("has a database that is not a number");
  out.database = *database;
  return out;
}

}  // namespace sundown::redis
