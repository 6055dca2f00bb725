#pragma once

#include <string>
#include <string_view>

namespace sundown::serving {

/// Whom requests from an address are counted for: an IPv4 address itself, also where it stands in an IPv6 one
/// (::ffff:192.0.2.1 of a dual-stack listener, 64:ff9b::192.0.2.1 of a translator); of another IPv6 address its /64,
/// "2001:db8:1:2::/64". A host can take any address of its /64 (RFC 4291 §2.5.4, RFC 8981), so counting them one by
/// one would count nothing. What is no address is counted as it is.
std::string client_network(std::string_view address);

}  // namespace sundown::serving
