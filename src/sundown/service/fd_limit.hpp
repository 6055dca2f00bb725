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

/// To start with so many workers and to serve a few clients.
std::size_t descriptors_to_serve(std::size_t workers);

/// The descriptors of a service, counted before it opens them, so that it doesn't start with too few.
class descriptor_account {
 public:
  /// Throws startup_error if fewer than `needed` are free now; `purpose` says for what.
  descriptor_account(std::size_t needed, std::string purpose);

  /// A part takes so many more. Throws startup_error if they were not free at the beginning.
  void take(std::size_t more);

 private:
  void check() const;

  std::size_t needed_;
  const std::string purpose_;
  const std::size_t limit_, open_;
};

/// What connections leave to the clients of stores, to files and to an upgrade, so that a flood of
/// connections does not take the service down. The listener of the service leaves those of the admin listener as well.
inline constexpr std::size_t spare_descriptors = 32;

}  // namespace sundown::serving
