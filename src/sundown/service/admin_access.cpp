#include "service/admin_access.hpp"

#include "base/ip_address.hpp"
#include "base/same_secret.hpp"
#include "http/unix_socket.hpp"

#include <sundown/http/credentials.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <utility>

namespace sundown::serving {

namespace {

using boost::beast::iequals;
using http::verb;

/// Probes, and the page without its figures.
bool is_public(const http::request& asked) {
  return asked.path() == "/live" || asked.path() == "/ready" || asked.path() == "/";
}

bool changes_something(verb method) { return method != verb::get && method != verb::head && method != verb::options; }

/// Browsers say it of every request that a page makes (Fetch Metadata), and Origin of those that change something. The
/// listener's own page may look.
bool is_from_page(const http::request& asked) {
  if (asked.has_field(http::field::origin)) return true;
  const auto site = asked.header("Sec-Fetch-Site");
  return !site.empty() && site != "none" && (site != "same-origin" || changes_something(asked.method()));
}

bool ends_with(std::string_view name, std::string_view end) {
  return name.size() > end.size() && iequals(name.substr(name.size() - end.size()), end);
}

/// A name that no page can have: it is in no public domain (RFC 6761, RFC 6762; a cluster's own).
bool is_private_name(std::string_view name) {
  if (name.find('.') == name.npos) return true;
  for (const std::string_view end : {".localhost", ".local", ".internal", ".test", ".svc"})
    if (ends_with(name, end)) return true;
  return false;
}

http::response forbidden(bool on_loopback) {
  return http::problem(403, on_loopback ? "Only from loopback and not from a page, or with the bearer token of "
                                          "admin.token."
                                        : "Only with the bearer token of admin.token.");
}

}  // namespace

admin_access::admin_access(const admin_config& given, std::string token, bool on_loopback)
    : token_(std::move(token)), protects_all_(given.protect == "all"), on_loopback_(on_loopback), hosts_(given.hosts) {}

bool admin_access::has_token(const http::request& asked) const {
  const auto given = http::bearer_token(asked);
  return !token_.empty() && given && base::is_same_secret(*given, token_);
}

bool admin_access::is_protected(const http::request& asked) const {
  return protects_all_ || changes_something(asked.method());
}

bool admin_access::knows_host(std::string_view host) const {
  if (host.empty() || host.starts_with('[')) return true;  // HTTP/1.0, or an address
  const auto name = host.substr(0, host.find(':'));
  if (base::ip_address::parse(name) || is_private_name(name)) return true;
  return std::any_of(hosts_.begin(), hosts_.end(),
                     [&](const std::string& each) { return each == "*" || iequals(each, name); });
}

std::optional<http::response> admin_access::refusal(const http::request& asked) const {
  if (is_public(asked) && !changes_something(asked.method())) return std::nullopt;
  if (has_token(asked)) return std::nullopt;
  if (!knows_host(asked[http::field::host]))
    return http::problem(403, "Host is none of admin.hosts, and no address: a page may have chosen it.");
  if (is_from_page(asked)) return forbidden(on_loopback_);
  if (!is_protected(asked)) return std::nullopt;
  const auto peer = base::ip_address::parse(asked.remote());
  const bool is_here = peer ? peer->is_loopback() : asked.remote() == http::detail::unix_peer;
  if (on_loopback_ && is_here) return std::nullopt;
  return forbidden(on_loopback_);
}

}  // namespace sundown::serving
