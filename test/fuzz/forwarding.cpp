// What proxies say of a client: whatever the client has written, a proxy that adds what it sees tells the client.
//
// The input: a line with a number, whose bits say how the proxies write (see `proxies`); then the client's lines, each
// with a letter for the field: F Forwarded, X X-Forwarded-For, P X-Forwarded-Proto, H X-Forwarded-Host.
#include "http/forwarding.hpp"

#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"
#include "http/target.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace sundown::fuzz {

namespace {

using http::detail::request_parser;

constexpr auto client_seen = "198.51.100.77";

struct proxies {
  explicit proxies(unsigned bits)
      : standard(bits & 1),
        two(bits & 2),
        own_line(bits & 4),
        quoted(bits & 8),
        with_port(bits & 16),
        either(bits & 32) {}

  bool standard;  ///< Forwarded, not X-Forwarded-For
  bool two;       ///< the second one is trusted, and adds the first
  bool own_line;  ///< what is added stands on a line of its own
  bool quoted, with_port;
  bool either;  ///< both fields are looked at

  const char* name() const { return standard ? "Forwarded" : "X-Forwarded-For"; }
  std::string element(const std::string& address) const {
    const auto node = address + (with_port ? ":4711" : "");
    if (!standard) return node;
    return quoted ? "for=\"" + node + '"' : "for=" + node;
  }
};

struct written_line {
  std::string name, value;
};

const char* field_of(char letter) {
  switch (letter) {
    case 'F':
      return "Forwarded";
    case 'X':
      return "X-Forwarded-For";
    case 'P':
      return "X-Forwarded-Proto";
    case 'H':
      return "X-Forwarded-Host";
    default:
      return nullptr;
  }
}

std::string field_value(std::string_view text) {
  std::string value(text);
  std::erase_if(value, [](char c) { return c != '\t' && (static_cast<unsigned char>(c) < ' ' || c == '\x7f'); });
  return value;
}

void add_hop(std::vector<written_line>& lines, const proxies& how, const std::string& address) {
  const auto last = std::find_if(lines.rbegin(), lines.rend(), [&](const auto& one) { return one.name == how.name(); });
  if (how.own_line || last == lines.rend())
    lines.push_back({how.name(), how.element(address)});
  else
    last->value += ", " + how.element(address);
}

}  // namespace

void forwarding(std::string_view input) {
  const auto rows = split(input, '\n');
  const proxies how(static_cast<unsigned>(std::strtoul(std::string(rows[0]).c_str(), nullptr, 10)));
  std::vector<written_line> lines;
  for (auto row = rows.begin() + 1; row != rows.end(); ++row)
    if (const auto* const name = row->empty() ? nullptr : field_of(row->front()))
      lines.push_back({name, field_value(row->substr(1))});
  const auto is_client = [&](const written_line& one) { return one.name != how.name(); };
  const bool other = std::any_of(lines.begin(), lines.end(), is_client);
  add_hop(lines, how, client_seen);
  if (how.two) add_hop(lines, how, "10.0.0.2");

  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (const auto& [name, value] : lines) head += name + ": " + value + "\r\n";
  head += "\r\n";
  request_parser parser(64 << 10);
  parser.base(head.data());
  if (parser.put(head).how != request_parser::verdict::done) return;  // more lines than a head may have
  const std::vector<std::string> trusted{"10.0.0.0/8", "127.0.0.1", "2001:db8:aaaa::/48"};
  const auto* const which = how.either ? "either" : how.standard ? "forwarded" : "x-forwarded";
  const http::detail::forwarding reader(trusted, which);
  const auto way = reader.read(parser, true);
  const auto client = way.client ? way.client->text() : "the peer";
  require(client == client_seen || (how.either && other && !way.client), "the client is the one that a proxy saw",
          client, head);
  require(way.scheme.empty() || way.scheme == "http" || way.scheme == "https", "a scheme is one", way.scheme);
  require(http::detail::is_host(way.host), "a host is one", way.host);
  require(!reader.read(parser, false).client, "the client of the PROXY protocol is the client");
}

}  // namespace sundown::fuzz
