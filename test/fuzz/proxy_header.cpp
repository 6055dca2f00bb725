// The PROXY protocol: the verdict on a header depends on no cut and on nothing behind it, and what is taken says what
// its bytes say.
#include "http/proxy_header.hpp"

#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace sundown::fuzz {

namespace {

using http::detail::read_proxy_header;
using verdict = http::detail::proxy_header::verdict;
using namespace std::string_view_literals;

std::string source_in(const http::detail::proxy_header& read) { return read.source ? read.source->text() : "none"; }

void require_same(const http::detail::proxy_header& one, const http::detail::proxy_header& other, const char* rule) {
  require(one.how == other.how && one.size == other.size && source_in(one) == source_in(other), rule,
          one.fault ? one.fault : source_in(one), other.fault ? other.fault : source_in(other));
}

/// As the kernel writes it; an IPv4 address in an IPv6 one as the former.
std::string address_text(int family, const void* bytes) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  ::inet_ntop(family, bytes, out.data(), out.size());
  const std::string text(out.data());
  const bool mapped = text.starts_with("::ffff:") && text.find('.') != text.npos;
  return mapped ? text.substr(7) : text;
}

/// The source that a line of version 1 names, "none" for an unknown one, "" if it is no such line (§2.1).
std::string source_of_line(std::string line) {
  if (line.size() > 107 || !line.ends_with("\r\n") || std::count(line.begin(), line.end(), '\r') != 1) return {};
  line.resize(line.size() - 2);
  const auto words = split(line, ' ');
  if (words[0] != "PROXY" || words.size() < 2) return {};
  if (words[1] == "UNKNOWN") return "none";
  if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6")) return {};
  const int family = words[1] == "TCP4" ? AF_INET : AF_INET6;
  std::array<unsigned char, 16> bytes{};
  for (const auto place : {3, 2}) {
    const std::string text(words[static_cast<std::size_t>(place)]);
    if (text.find('\0') != text.npos || ::inet_pton(family, text.c_str(), bytes.data()) != 1) return {};
  }
  for (const auto place : {4, 5}) {
    const std::string port(words[static_cast<std::size_t>(place)]);
    const bool digits = port.find_first_not_of("0123456789") == port.npos && !port.empty() && port.size() <= 5;
    if (!digits || (port.size() > 1 && port[0] == '0') || std::atoi(port.c_str()) > 65535) return {};
  }
  return address_text(family, bytes.data());
}

std::string source_of_block(std::string_view header) {
  const bool local = (header[12] & 15) == 0;
  const bool four = header[13] == 0x11 || header[13] == 0x12, six = header[13] == 0x21 || header[13] == 0x22;
  if (local || (!four && !six)) return "none";
  return address_text(four ? AF_INET : AF_INET6, header.data() + 16);
}

}  // namespace

void proxy_header(std::string_view input) {
  const auto whole = read_proxy_header(input);
  bool decided = false;
  const auto step = std::max<std::size_t>(1, input.size() / 256);
  for (std::size_t size = 0; size < input.size(); size += step) {
    const auto part = read_proxy_header(input.substr(0, size));
    require(!decided || part.how != verdict::need_more, "a verdict stays");
    decided = part.how != verdict::need_more;
    if (decided) require_same(part, whole, "the verdict on some bytes is that on more of them");
  }
  require((whole.how == verdict::refused) == (whole.fault != nullptr), "a refusal says why");
  const bool text = input.starts_with("PROXY ");
  const auto line = input.substr(0, std::min(input.find('\n'), input.size() - 1) + 1);
  if (text && line.ends_with('\n'))
    require((whole.how == verdict::done) == !source_of_line(std::string(line)).empty(),
            "a line is taken if it is one of version 1", line, whole.fault ? whole.fault : "");
  if (whole.how != verdict::done) return;
  const auto header = input.substr(0, whole.size);
  require(header.size() == whole.size, "a header is no longer than what has come");
  require_same(read_proxy_header(header), whole, "nothing behind a header counts");
  require(read_proxy_header(header.substr(0, header.size() - 1)).how == verdict::need_more, "every byte is needed");
  require(source_in(whole) == (text ? source_of_line(std::string(header)) : source_of_block(header)),
          "the source is the one that is written there", source_in(whole));
}

}  // namespace sundown::fuzz
