#include "storage/redis_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace sundown::storage {

namespace {

error malformed(const char* what) {
  return {errc::invalid, std::string("is no URL of a Redis server: ") + what +
                             "; it must be redis://[user:password@]host[:port][/database], or rediss:// for TLS"};
}

template <class T>
std::optional<T> number(std::string_view text, T least, T most) {
  T out{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc{} || end != text.data() + text.size() || out < least || out > most) return std::nullopt;
  return out;
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
bool read_user(std::string_view text, redis_address& into) {
  const auto colon = text.find(':');
  if (colon == text.npos) return false;
  const auto password = decoded(text.substr(colon + 1));
  const auto user = decoded(text.substr(0, colon));
  if (!password || password->empty() || !user) return false;
  into.password = *password;
  if (!user->empty()) into.user = *user;
  return true;
}

/// "host", "host:port", "[::1]:port".
bool read_host(std::string_view text, redis_address& into) {
  const bool bracket = text.starts_with('[');
  const auto end = bracket ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == text.npos) return false;
  into.host = bracket ? text.substr(1, end - 1) : text.substr(0, end);
  const auto rest = text.substr(end + (bracket ? 1 : 0));
  if (into.host.empty() || into.host.find_first_of(" \t/?#@") != std::string::npos) return false;
  if (rest.empty()) return true;
  if (!rest.starts_with(':') || !number<unsigned>(rest.substr(1), 1, 65535)) return false;
  into.port = rest.substr(1);
  return true;
}

}  // namespace

std::string redis_address::text() const {
  return (host.find(':') == std::string::npos ? host : '[' + host + ']') + ':' + port;
}

result<redis_address> parse_redis_url(std::string_view url) {
  redis_address out;
  const auto scheme = url.substr(0, url.find("://"));
  if (scheme != "redis" && scheme != "rediss") return malformed("it begins with neither redis:// nor rediss://");
  out.tls = scheme == "rediss";
  auto rest = url.substr(scheme.size() + 3);
  if (const auto slash = rest.rfind('/'); slash != rest.npos && rest.find('@', slash) == rest.npos) {
    const auto path = rest.substr(slash + 1);
    const auto database = path.empty() ? 0 : number<int>(path, 0, 1'000'000);
    if (!database) return malformed("the database is not a number");
    out.database = *database;
    rest = rest.substr(0, slash);
  }
  if (const auto at = rest.rfind('@'); at != rest.npos) {
    if (!read_user(rest.substr(0, at), out)) return malformed("the user and password before '@' can't be read");
    rest = rest.substr(at + 1);
  }
  if (!read_host(rest, out)) return malformed("the host or port can't be read");
  return out;
}

}  // namespace sundown::storage
