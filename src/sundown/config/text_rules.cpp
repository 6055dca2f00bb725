#include "config/text_rules.hpp"

#include "config/server_url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::configuration {
namespace {

constexpr std::string_view white_space =
    "holds white space or a line end, which no URL may; percent-encode it in user and password";

bool has_white_space(std::string_view given) {
  return std::any_of(given.begin(), given.end(), [](char c) { return (c >= '\0' && c <= ' ') || c == '\x7f'; });
}

std::string_view address_fault(std::string_view given) {
  in6_addr bytes{};
  if (inet_pton(AF_INET, std::string(given).c_str(), &bytes) == 1) return {};
  const std::string unscoped(given.substr(0, given.find('%')));  // of IPv6 only (RFC 4007 §11)
  if (inet_pton(AF_INET6, unscoped.c_str(), &bytes) == 1) return {};
  return "is no address; it must be an IPv4 or IPv6 address such as \"127.0.0.1\", \"0.0.0.0\" or \"::\"";
}

/// SQLite has names that are no files. None is meant: all of them lose the notes, or put them where nobody looks.
std::string_view database_fault(std::string_view given) {
  if (given.starts_with("file:")) return "is a URI; it must be the name of a file (\"./file:...\" if it is called so)";
  if (given == ":memory:") return "would lose every note with the process; it must be the name of a file";
  if (given.ends_with('/')) return "is a directory; it must be the name of a file in it";
  return {};
}

std::string_view token_fault(std::string_view given) {
  const bool printable = std::all_of(given.begin(), given.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return printable ? std::string_view() : "holds a character that no header field can carry";
}

std::string_view mongodb_uri_fault(std::string_view given) {
  if (given.empty()) return {};
  if (has_white_space(given)) return white_space;
  const bool scheme = given.starts_with("mongodb://") || given.starts_with("mongodb+srv://");
  return scheme ? std::string_view()
                : "is no MongoDB URI; it must be like \"mongodb://user:password@host:27017/database\"";
}

/// Who reads it knows more; see storage/redis_url.hpp.
std::string_view redis_url_fault(std::string_view given) {
  if (has_white_space(given)) return white_space;
  if (given.empty() || given.starts_with("redis://") || given.starts_with("rediss://")) return {};
  return "is no URL of a Redis server; it must be redis://[user:password@]host[:port][/database], or rediss:// for TLS";
}

std::string scheme_list(const std::vector<std::string>& schemes) {
  std::string out;
  for (const auto& each : schemes) out += (out.empty() ? "" : &each == &schemes.back() ? " or " : ", ") + each + "://";
  return out;
}

}  // namespace

text_rule an_address() { return {"an IPv4 or IPv6 address", address_fault}; }
text_rule a_database() { return {"the name of a file; empty with MongoDB", database_fault}; }
text_rule a_mongodb_uri() { return {"a mongodb:// URI, or nothing", mongodb_uri_fault}; }
text_rule a_token() { return {"printable ASCII without spaces", token_fault}; }
text_rule a_redis_url() { return {"redis:// or rediss:// and an address", redis_url_fault}; }

text_rule url_rule(const std::vector<std::string>& schemes) {
  const auto allowed = scheme_list(schemes);
  const auto fault = [schemes, allowed](std::string_view given) -> std::string {
    if (given.empty()) return {};
    const auto parts = split_url(given);
    if (parts && std::ranges::find(schemes, parts->scheme) != schemes.end()) return {};
    const auto begins = [&](const std::string& scheme) { return given.starts_with(scheme + "://"); };
    return std::ranges::any_of(schemes, begins) ? parts.error().detail : "is no URL that begins with " + allowed;
  };
  return {"a URL that begins with " + allowed + ", or nothing", fault};
}

}  // namespace sundown::configuration
