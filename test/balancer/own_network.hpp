#pragma once

#include <gtest/gtest.h>

#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <thread>

namespace sundown::test {

inline constexpr auto haproxy = "/usr/sbin/haproxy";
inline constexpr auto nginx = NGINX;

/// Runs it where all ports and all addresses of loopback are free; skips the test without this proxy, or the right to
/// make such a network.
inline void in_a_network_of_its_own(const char* proxy, const std::function<void()>& run) {
  if (::access(proxy, X_OK) != 0) GTEST_SKIP() << "needs " << proxy << ": scripts/bootstrap --test";
  bool allowed = false;
  std::thread([&] {
    allowed = ::unshare(CLONE_NEWNET) == 0 && std::system("ip link set lo up") == 0;
    try {
      if (allowed) run();
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }).join();
  if (!allowed) GTEST_SKIP() << "needs root and iproute2 (scripts/bootstrap --test), to make a network namespace";
}

}  // namespace sundown::test
