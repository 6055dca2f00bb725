#pragma once

#include "process/scenario.hpp"

#include <fstream>

namespace sundown::test {

/// A figure of the process's memory in bytes: VmRSS is what it has now, VmHWM the most that it has ever had, VmData
/// what RLIMIT_DATA counts.
inline std::size_t memory(service& app, const std::string& figure) {
  std::ifstream status("/proc/" + std::to_string(app.process().pid()) + "/status");
  for (std::string word; status >> word;) {
    std::size_t kilobytes = 0;
    if (word == figure + ':' && status >> kilobytes) return kilobytes << 10;
  }
  throw std::runtime_error("no " + figure);
}

/// At no time has it had more than 64 MiB.
inline void expect_little_memory(service& app) { EXPECT_LT(memory(app, "VmHWM"), std::size_t{64} << 20); }

}  // namespace sundown::test
