#include "http/forwarding.hpp"

#include "http/characters.hpp"
#include "http/target.hpp"
#include "http/unix_socket.hpp"

#include <sundown/error.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <utility>

namespace sundown::http::detail {

using namespace std::string_view_literals;

namespace {

using way = forwarding::way;

constexpr auto customary_for = "X-Forwarded-For"sv;
constexpr auto customary_scheme = "X-Forwarded-Proto"sv;
constexpr auto customary_host = "X-Forwarded-Host"sv;

/// Where the last element of a list begins. In Forwarded a comma in a quoted string separates nothing: read from the
/// right, so that no quote of the client's reaches into what a proxy has put behind it.
std::size_t last_element(std::string_view list, bool may_quote) noexcept {
  bool quoted = false;
  for (auto at = list.size(); at > 0; --at) {
    const char c = list[at - 1];
    if (may_quote && c == '"') {
      const auto before = list.substr(0, at - 1);
      const auto escapes = before.size() - (before.find_last_not_of('\\') + 1);
      if (!quoted || escapes % 2 == 0) quoted = !quoted;
    } else if (c == ',' && !quoted) {
      return at;
    }
  }
  return 0;
}

/// The elements of a list field over all its lines, the last one first; empty ones are passed over (RFC 9110 §5.6.1).
class elements_backwards {
 public:
  template <class Key>
  elements_backwards(const request_parser& head, Key name, bool may_quote) : may_quote_(may_quote) {
    head.for_each_line(name, [&](std::string_view line) { lines_.push_back(line); });
  }

  /// Empty: there are no more.
  std::string_view next() noexcept {
    while (!lines_.empty()) {
      auto& line = lines_.back();
      const auto begin = last_element(line, may_quote_);
      const auto element = trimmed(line.substr(begin));
      if (begin == 0) {
        lines_.pop_back();
      } else {
        line = line.substr(0, begin - 1);
      }
      if (!element.empty()) return element;
    }
    return {};
  }

 private:
  boost::container::small_vector<std::string_view, 4> lines_;
  bool may_quote_;
};

bool is_number_of_port(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

/// RFC 7239 §6.3: a port may be hidden as well.
bool is_node_port(std::string_view text) noexcept {
  return is_number_of_port(text) || (text.size() > 1 && text.front() == '_' && is_token(text));
}

/// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<base::ip_address> address_of(std::string_view node) noexcept {
  if (node.starts_with('[')) {
    const auto end = node.find(']');
    if (end == node.npos) return std::nullopt;
    const auto port = node.substr(end + 1);
    if (!port.empty() && (port.front() != ':' || !is_node_port(port.substr(1)))) return std::nullopt;
    const auto inside = node.substr(1, end - 1);
    return inside.find(':') == inside.npos ? std::nullopt : base::ip_address::parse(inside);
  }
  const auto colon = node.find(':');
  if (colon != node.npos && colon == node.rfind(':')) {
    if (!is_node_port(node.substr(colon + 1))) return std::nullopt;
    node = node.substr(0, colon);
  }
  return base::ip_address::parse(node);
}

/// What an element of Forwarded says; nothing where it is not well formed.
struct forwarded_element {
  std::string_view node, scheme, host;
};

/// The value in front of the next ';': a quoted string without its quotes, if nothing in it is escaped, or a token.
/// Many write addresses as tokens though they have colons and brackets.
std::optional<std::string_view> take_value(std::string_view& rest) noexcept {
  std::string_view value;
  if (rest.starts_with('"')) {
    const auto end = rest.find('"', 1);
    if (end == rest.npos) return std::nullopt;
    value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
  } else {
    const auto size = std::min(rest.find(';'), rest.size());
    value = trimmed(rest.substr(0, size));
    rest.remove_prefix(size);
    const auto fits = [](char c) { return is_in(token_character, c) || c == ':' || c == '[' || c == ']' || c == '/'; };
    if (value.empty() || !std::all_of(value.begin(), value.end(), fits)) return std::nullopt;
  }
  if (value.find('\\') != value.npos) return std::nullopt;
  rest = trimmed(rest);
  if (!rest.empty() && rest.front() != ';') return std::nullopt;
  rest.remove_prefix(std::min<std::size_t>(rest.size(), 1));
  return value;
}

forwarded_element parse_forwarded(std::string_view element) noexcept {
  forwarded_element parsed;
  bool has_node = false, has_scheme = false, has_host = false;
  for (auto rest = element; !rest.empty();) {
    rest = trimmed(rest);
    const auto equals = rest.find('=');
    if (equals == rest.npos) return {};
    const auto name = rest.substr(0, equals);
    if (!is_token(name)) return {};
    rest.remove_prefix(equals + 1);
    const auto value = take_value(rest);
    if (!value) return {};
    const auto keep = [&](std::string_view wanted, std::string_view& into, bool& seen) {
      if (!beast::iequals(name, wanted)) return true;
      if (std::exchange(seen, true)) return false;  // RFC 7239 §4: once
      into = *value;
      return true;
    };
    if (!keep("for", parsed.node, has_node) || !keep("proto", parsed.scheme, has_scheme) ||
        !keep("host", parsed.host, has_host))
      return {};
  }
  return parsed;
}

std::string_view scheme_of(std::string_view text) noexcept {
  if (beast::iequals(text, "https")) return "https";
  return beast::iequals(text, "http") ? "http"sv : ""sv;
}

std::string_view host_of(std::string_view text) noexcept { return is_host(text) ? text : std::string_view(); }

/// Goes along the way from its end on. `next`: the address of the next hop, and true; or false where the way begins.
template <class Next>
std::optional<base::ip_address> first_stranger(const forwarding& trust, bool through, Next next) {
  std::optional<base::ip_address> client;
  while (through) {
    const auto [address, more] = next();
    if (!more || !address) break;
    client = address;
    through = trust.trusts(*address);
  }
  return client;
}

way read_standard(const forwarding& trust, const request_parser& head, bool through) {
  elements_backwards elements(head, beast::http::field::forwarded, true);
  way found;
  bool looked = false;
  const auto next = [&]() -> std::pair<std::optional<base::ip_address>, bool> {
    const auto element = elements.next();
    if (element.empty()) return {std::nullopt, false};
    const auto parsed = parse_forwarded(element);
    looked = true;
    found.scheme = scheme_of(parsed.scheme);
    found.host = host_of(parsed.host);
    return {address_of(parsed.node), true};
  };
  found.client = first_stranger(trust, through, next);
  if (!looked) next();  // the PROXY protocol has told the client; the proxy's own element says the rest
  return found;
}

/// The element so far from the right, or the first one of fewer.
std::string_view element_at(const request_parser& head, std::string_view name, std::size_t distance) {
  elements_backwards elements(head, name, false);
  auto element = elements.next();
  for (; distance > 0; --distance) {
    const auto further = elements.next();
    if (further.empty()) break;
    element = further;
  }
  return element;
}

way read_customary(const forwarding& trust, const request_parser& head, bool through) {
  elements_backwards elements(head, customary_for, false);
  std::size_t passed = 0;
  way found;
  found.client = first_stranger(trust, through, [&]() -> std::pair<std::optional<base::ip_address>, bool> {
    const auto element = elements.next();
    if (element.empty()) return {std::nullopt, false};
    ++passed;
    return {address_of(element), true};
  });
  const auto distance = passed == 0 ? 0 : passed - 1;
  found.scheme = scheme_of(element_at(head, customary_scheme, distance));
  found.host = host_of(element_at(head, customary_host, distance));
  return found;
}

/// What both say.
way agreed(way one, const way& other) noexcept {
  if (one.client != other.client) one.client.reset();
  if (one.scheme != other.scheme) one.scheme = {};
  if (one.host != other.host) one.host = {};
  return one;
}

}  // namespace

forwarding::forwarding(const std::vector<std::string>& proxies, std::string_view which) {
  for (const auto& each : proxies) {
    if (each == unix_peer) {
      trusts_unix_ = true;
      continue;
    }
    const auto network = base::ip_network::parse(each);
    if (!network) throw startup_error("http.trusted_proxies: '" + each + "' is no network: use one such as 10.0.0.0/8");
    proxies_.push_back(*network);
  }
  if (which == "forwarded") {
    which_ = fields::standard;
  } else if (which == "x-forwarded") {
    which_ = fields::customary;
  } else if (which != "either") {
    throw startup_error("http.forwarded: '" + std::string(which) + "' must be either, forwarded or x-forwarded");
  }
}

way forwarding::read(const request_parser& head, bool through) const {
  const bool standard = which_ != fields::customary && head.has_field(beast::http::field::forwarded);
  const bool customary =
      which_ != fields::standard &&
      (head.has_field(customary_for) || head.has_field(customary_scheme) || head.has_field(customary_host));
  if (standard && customary) return agreed(read_standard(*this, head, through), read_customary(*this, head, through));
  if (standard) return read_standard(*this, head, through);
  return customary ? read_customary(*this, head, through) : way();
}

}  // namespace sundown::http::detail
