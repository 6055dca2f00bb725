#include "service/client_network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <iterator>

namespace sundown::serving {
namespace {

/// RFC 6052 §2.1.
constexpr unsigned char translated[] = {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

bool holds_ipv4(const in6_addr& address) {
  return IN6_IS_ADDR_V4MAPPED(&address) || std::equal(std::begin(translated), std::end(translated), address.s6_addr);
}

}  // namespace

std::string client_network(std::string_view address) {
  const std::string text(address.substr(0, address.find('%')));  // without the scope
  in6_addr bytes{};
  if (::inet_pton(AF_INET6, text.c_str(), &bytes) != 1) return std::string(address);
  char out[INET6_ADDRSTRLEN] = {};
  if (holds_ipv4(bytes)) return ::inet_ntop(AF_INET, bytes.s6_addr + 12, out, sizeof out);
  std::fill(bytes.s6_addr + 8, bytes.s6_addr + 16, static_cast<unsigned char>(0));
  return std::string(::inet_ntop(AF_INET6, &bytes, out, sizeof out)) + "/64";
}

}  // namespace sundown::serving
