#include "config/text_rules.hpp"

#include "base/ip_address.hpp"
#include "config/server_url.hpp"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::configuration {
namespace {

std::string_view path_fault(std::string_view path) {
  if (path.starts_with('@')) return "is an abstract socket, which has no mode: any process could connect; use a path";
  if (!path.starts_with('/')) return "must have an absolute path, such as unix:/run/orders.sock";
  if (path.size() >= sizeof sockaddr_un().sun_path)
    return "has a path of more than 107 bytes, which no socket can have";
  return path.ends_with('/') ? "must end with the name of a file" : "";
}

std::string_view address_fault(std::string_view given) {
  if (given.starts_with("unix:")) return path_fault(given.substr(5));
  in6_addr bytes{};
  if (inet_pton(AF_INET, std::string(given).c_str(), &bytes) == 1) return {};
  const std::string unscoped(given.substr(0, given.find('%')));  // of IPv6 only (RFC 4007 §11)
  if (inet_pton(AF_INET6, unscoped.c_str(), &bytes) == 1) return {};
  return "is no address; it must be an IPv4 or IPv6 address such as \"127.0.0.1\", \"0.0.0.0\" or \"::\", or a unix "
         "socket, \"unix:/run/orders.sock\"";
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

text_rule an_address() { return {"an IPv4 or IPv6 address, or unix: and a path", address_fault}; }
text_rule a_file_mode() {
  return {"octal digits, 0600 to 0777", [](std::string_view given) {
            const bool octal = std::all_of(given.begin(), given.end(), [](char c) { return c >= '0' && c <= '7'; });
            const bool fits = given.size() == 3 || (given.size() == 4 && given.front() == '0');
            const bool ours = octal && fits && given[given.size() - 3] >= '6';
            return ours ? "" : "is no mode of a socket that its owner can use: octal digits such as 0660";
          }};
}
text_rule a_network() {
  return {"an IPv4 or IPv6 network, or unix:", [](std::string_view given) {
            return given == "unix:" || base::ip_network::parse(given)
                       ? std::string_view()
                       : "is no network; it must be one such as \"10.0.0.0/8\", \"2001:db8::/32\", an address, or "
                         "\"unix:\"";
          }};
}

text_rule a_token() { return {"printable ASCII without spaces", token_fault}; }

text_rule url_rule(std::string what_is_allowed, const std::vector<std::string>& schemes, std::string other_scheme,
                   std::function<std::string(std::string_view)> rest) {
  auto fault = [schemes, other_scheme = std::move(other_scheme),
                rest = std::move(rest)](std::string_view given) -> std::string {
    if (given.empty()) return {};
    if (const auto white = white_space_fault(given); !white.empty()) return std::string(white);
    const auto begins = [&](const std::string& scheme) { return given.starts_with(scheme + "://"); };
    return std::ranges::any_of(schemes, begins) ? rest(given) : other_scheme;
  };
  return {std::move(what_is_allowed), std::move(fault)};
}

text_rule url_rule(const std::vector<std::string>& schemes) {
  const auto allowed = scheme_list(schemes);
  const auto rest = [](std::string_view given) {
    const auto parts = split_url(given);
    return parts ? std::string() : parts.error().detail;
  };
  return url_rule("a URL that begins with " + allowed + ", or nothing", schemes,
                  "is no URL that begins with " + allowed, rest);
}

}  // namespace sundown::configuration
