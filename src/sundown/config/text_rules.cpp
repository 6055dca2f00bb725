#include "config/text_rules.hpp"

#include "config/server_url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::configuration {
namespace {

std::string_view address_fault(std::string_view given) {
  in6_addr bytes{};
  if (inet_pton(AF_INET, std::string(given).c_str(), &bytes) == 1) return {};
  const std::string unscoped(given.substr(0, given.find('%')));  // of IPv6 only (RFC 4007 §11)
  if (inet_pton(AF_INET6, unscoped.c_str(), &bytes) == 1) return {};
  return "is no address; it must be an IPv4 or IPv6 address such as \"127.0.0.1\", \"0.0.0.0\" or \"::\"";
}

std::string_view token_fault(std::string_view given) {
  const bool printable = std::all_of(given.begin(), given.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return printable ? std::string_view() : "holds a character that no header field can carry";
}

std::string scheme_list(const std::vector<std::string>& schemes) {
  std::string out;
  for (const auto& each : schemes) out += (out.empty() ? "" : &each == &schemes.back() ? " or " : ", ") + each + "://";
  return out;
}

}  // namespace

text_rule an_address() { return {"an IPv4 or IPv6 address", address_fault}; }
text_rule a_token() { return {"printable ASCII without spaces", token_fault}; }

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
