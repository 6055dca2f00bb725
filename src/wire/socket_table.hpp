#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <sys/types.h>

namespace sundown::testing {

/// What the kernel knows of one TCP socket that is connected or listens.
struct socket_entry {
  std::uint16_t local_port = 0;
  bool listening = false;
  bool left = false;       ///< its peer has ended what it sends, and the process has not closed it yet
  std::size_t unread = 0;  ///< bytes the process has not read; of a listener: connections it has not accepted
  std::size_t unsent = 0;  ///< bytes that the peer has not acknowledged
  unsigned long inode = 0;
};

std::vector<socket_entry> socket_table();

/// The ports on which the process listens.
std::set<std::uint16_t> listening_ports(pid_t pid);

/// True if whoever has this port open has accepted every connection and read every byte that has come: a request that
/// was sent before is then under way, not on its way.
bool all_read(std::uint16_t port);

/// Bytes that connections to this port wait to deliver.
std::size_t unsent_bytes(std::uint16_t port);

/// Whether nobody has that port of 127.0.0.1, as listener or as client.
bool is_free(std::uint16_t port);

}  // namespace sundown::testing
