#pragma once

#include <sundown/testing/eventually.hpp>

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace sundown::test {

/// Whether no thread of the process runs, since SIGSTOP has reached it: that comes to one thread after the other, and
/// some time after kill(2) has returned.
inline bool all_stopped(pid_t pid) {
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::string stat;
    std::getline(std::ifstream(thread.path() / "stat"), stat);
    const auto name_end = stat.rfind(") ");
    if (name_end == std::string::npos || stat.at(name_end + 2) != 'T') return false;
  }
  return true;
}

/// Waits for it; throws if it doesn't come.
inline void wait_stopped(pid_t pid) {
  using sundown::testing::ample;
  if (!sundown::testing::eventually(ample, [&] { return all_stopped(pid); }))
    throw std::runtime_error("a process does not freeze");
}

}  // namespace sundown::test
