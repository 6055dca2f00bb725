#pragma once

#include <cstddef>
#include <string>

namespace sundown::serving {

/// Raises the soft limit of open file descriptors to the hard one, since each connection needs one: the usual soft
/// limit of 1024 is for programs that use select(2) (systemd.exec(5), LimitNOFILE), which this one doesn't.
void raise_fd_limit() noexcept;

/// What is wrong and what to do if fewer than `needed` descriptors can still be opened, `purpose` says for what; empty
/// if they can. Counts those that are open: what was handed over takes its part of the limit.
std::string too_few_descriptors(std::size_t needed, const std::string& purpose);

/// To hear signals (epoll, eventfd and timerfd of two contexts, asio's pipe), to read the configuration and to tell
/// what is wrong.
inline constexpr std::size_t descriptors_to_begin = 2 * 3 + 2 + 2;

/// To start with so many workers and to serve a few clients; `servers` is how many of Redis and MongoDB are configured.
std::size_t descriptors_to_serve(std::size_t workers, std::size_t storage_threads, std::size_t servers);

/// What connections leave to the clients of MongoDB and Redis, to files and to an upgrade, so that a flood of
/// connections does not take the service down. The listener of the service leaves those of the admin listener as well.
inline constexpr std::size_t spare_descriptors = 32;

}  // namespace sundown::serving
