#pragma once

namespace sundown::test {

/// From now on, and in every program that is executed from here, the kernel refuses SO_ATTACH_FILTER with EPERM: what
/// newer kernels do to a process without CAP_NET_ADMIN, on every kernel and to every user. By seccomp(2), for the
/// calling thread; async-signal-safe. False if the kernel doesn't allow that.
bool refuse_packet_filters() noexcept;

}  // namespace sundown::test
