#pragma once

#include <sundown/task.hpp>

#include <chrono>

namespace sundown::http::detail {

class connection;

/// The kernel has no event for "all is acknowledged": it is asked this often while the service stops, ever more seldom
/// while it serves.
inline constexpr std::chrono::milliseconds acknowledgement_poll{5};

/// Ends the connection as its fate says; afterwards its socket is closed.
///
/// In order (RFC 9112 §9.6): half-close, then read and discard, since closing a socket with unread input sends a RST
/// that can destroy the answer in flight. While the service stops, the connection has ended only when the peer's
/// kernel has acknowledged every byte: a container's network dies with its first process. While it serves, a client
/// that sends nothing more and has every byte is spared all that: the socket is closed.
task<> end_connection(connection& client);

}  // namespace sundown::http::detail
