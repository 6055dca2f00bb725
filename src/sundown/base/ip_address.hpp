#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::base {

/// An IPv4 or IPv6 address. An IPv4 one that stands in an IPv6 one (::ffff:192.0.2.1, of a dual-stack listener) is the
/// IPv4 one. Without a scope: what stands behind '%' is not part of it.
class ip_address {
 public:
  using bytes = std::array<unsigned char, 16>;

  /// nullopt for what is none: brackets, ports and leading zeros are not.
  static std::optional<ip_address> parse(std::string_view text) noexcept;
  static ip_address v4(const unsigned char* four) noexcept;
  static ip_address v6(const unsigned char* sixteen) noexcept;

  bool is_v4() const noexcept;
  bool is_loopback() const noexcept;
  std::string text() const;
  friend bool operator==(const ip_address&, const ip_address&) = default;

 private:
  friend class ip_network;
  explicit ip_address(const bytes& given) noexcept : bytes_(given) {}

  bytes bytes_;  ///< an IPv4 one is mapped
};

/// The addresses that begin with the same bits: "10.0.0.0/8", "2001:db8::/32"; an address alone is one of its own.
class ip_network {
 public:
  /// nullopt for what is none. Bits behind the prefix don't count.
  static std::optional<ip_network> parse(std::string_view text) noexcept;

  /// No IPv6 network has IPv4 addresses in it, "::/0" neither.
  bool contains(const ip_address& address) const noexcept;

 private:
  ip_network(const ip_address& first, unsigned bits) noexcept : first_(first), bits_(bits) {}

  ip_address first_;
  unsigned bits_;  ///< of the sixteen bytes
};

inline bool contains(std::span<const ip_network> networks, const ip_address& address) noexcept {
  for (const auto& each : networks)
    if (each.contains(address)) return true;
  return false;
}

}  // namespace sundown::base
