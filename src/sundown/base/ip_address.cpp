#include "base/ip_address.hpp"

#include "base/number.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace sundown::base {

namespace {

constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) noexcept {
  const auto scope = text.find('%');
  if (scope != text.npos && text.find(':') > scope) return std::nullopt;  // of IPv6 only (RFC 4007 §11)
  text = text.substr(0, scope);
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != text.npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  std::array<unsigned char, 16> given{};
  if (::inet_pton(AF_INET, terminated.data(), given.data()) == 1) return v4(given.data());
  if (::inet_pton(AF_INET6, terminated.data(), given.data()) == 1) return v6(given.data());
  return std::nullopt;
}

ip_address ip_address::v4(const unsigned char* four) noexcept {
  bytes all{};
  std::copy(mapped.begin(), mapped.end(), all.begin());
  std::copy_n(four, 4, all.begin() + mapped.size());
  return ip_address(all);
}

ip_address ip_address::v6(const unsigned char* sixteen) noexcept {
  bytes all{};
  std::copy_n(sixteen, all.size(), all.begin());
  return ip_address(all);
}

bool ip_address::is_v4() const noexcept { return std::equal(mapped.begin(), mapped.end(), bytes_.begin()); }

bool ip_address::is_loopback() const noexcept {
  if (is_v4()) return bytes_[mapped.size()] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto byte) { return byte == 0; }) && bytes_.back() == 1;
}

std::string ip_address::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const bool four = is_v4();
  ::inet_ntop(four ? AF_INET : AF_INET6, bytes_.data() + (four ? mapped.size() : 0), out.data(), out.size());
  return out.data();
}

std::optional<ip_network> ip_network::parse(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto begin = text.substr(0, slash);
  const auto first = ip_address::parse(begin);
  if (!first || begin.find('%') != begin.npos) return std::nullopt;
  if (slash == text.npos) return ip_network(*first, 128);
  const bool four = begin.find(':') == begin.npos;
  const auto digits = text.substr(slash + 1);
  const auto bits = parse_number<unsigned>(digits, 0, four ? 32 : 128);
  if (!bits || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  // "::ffff:10.0.0.0/104" is 10.0.0.0/8. With fewer bits than that prefix has, it would be all IPv4 and more.
  if (!four && first->is_v4() && *bits < 8 * mapped.size()) return std::nullopt;
  return ip_network(*first, *bits + (four ? static_cast<unsigned>(8 * mapped.size()) : 0));
}

bool ip_network::contains(const ip_address& address) const noexcept {
  if (address.is_v4() != first_.is_v4()) return false;
  const auto whole = bits_ / 8;
  const auto& begin = first_.bytes_;
  if (!std::equal(begin.begin(), begin.begin() + whole, address.bytes_.begin())) return false;
  if (bits_ % 8 == 0) return true;
  return ((begin[whole] ^ address.bytes_[whole]) >> (8 - bits_ % 8)) == 0;
}

}  // namespace sundown::base
