#pragma once

#include <cstddef>

namespace sundown::app {

/// Raises the soft limit of open file descriptors to the hard one, since each connection needs one: the usual soft
/// limit of 1024 is for programs that use select(2) (systemd.exec(5), LimitNOFILE), which this one doesn't.
void raise_fd_limit() noexcept;

/// What connections leave to probes, to the clients of MongoDB and Redis, and to files, so that a flood of connections
/// does not take the service down.
inline constexpr std::size_t spare_descriptors = 64;

}  // namespace sundown::app
