#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <boost/system/error_code.hpp>

namespace sundown::http::detail {

/// Makes a listening TCP socket deaf to new connections while those under way complete: a classic BPF program
/// (socket(7), SO_ATTACH_FILTER) that drops segments with SYN set and ACK clear. Needs no privilege. The filter sees
/// the packet from the TCP header on, for IPv4 and IPv6 alike.
boost::system::error_code drop_new_syns(int listening_socket) noexcept;

/// How many handshakes to this local port are under way (SYN_RECV), asked of the kernel by sock_diag(7); nullopt if it
/// doesn't say.
std::optional<std::size_t> handshakes_under_way(std::uint16_t local_port) noexcept;

}  // namespace sundown::http::detail
