#pragma once

#include <cstddef>
#include <optional>

#include <boost/system/error_code.hpp>

namespace sundown::http::detail {

/// Makes a listening TCP socket deaf to new connections while those under way complete: a classic BPF program
/// (socket(7), SO_ATTACH_FILTER) that drops segments with SYN set and ACK clear. The filter sees the packet from the
/// TCP header on, for IPv4 and IPv6 alike.
///
/// On a TCP socket newer kernels (measured: 6.18.44) allow a filter only to CAP_NET_ADMIN, which a container or a unit
/// rightly doesn't have. Then the listener asks for a TTL of 255, as RFC 5082 does (ip(7), IP_MINTTL): no host sends
/// that by default, and the kernel compares it for segments to the listener itself, not for the last one of a
/// handshake, which already belongs to a request. What is accepted from then on inherits it: see hear_again().
boost::system::error_code drop_new_syns(int listening_socket) noexcept;

/// For a socket that was accepted after drop_new_syns(): takes packets of every TTL. One that was dropped before that
/// comes again after its sender's timeout, 200 ms.
void hear_again(int accepted_socket) noexcept;

/// How many handshakes to this socket's port are under way (SYN_RECV), asked of the kernel by sock_diag(7); nullopt if
/// it doesn't say. Each call walks through all TCP sockets of the host: with 20,000 of them it took 6 ms (12 ms for a
/// socket of IPv6, which may have IPv4 clients too).
std::optional<std::size_t> handshakes_under_way(int listening_socket) noexcept;

}  // namespace sundown::http::detail
