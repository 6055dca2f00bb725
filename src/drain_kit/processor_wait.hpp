#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <system_error>

#include <sys/types.h>

namespace sundown::testing::drain_kit {

/// How long the threads of a process could have run but got no processor, since the first look (the scheduler's
/// `schedstat` of each thread). On a kernel that doesn't tell, no time at all.
class processor_wait {
 public:
  explicit processor_wait(pid_t process) : tasks_("/proc/" + std::to_string(process) + "/task") {}

  /// What is not looked at before a thread ends isn't known.
  void look() {
    std::error_code gone;
    for (std::filesystem::directory_iterator each(tasks_, gone), end; !gone && each != end; each.increment(gone)) {
      std::ifstream file(each->path() / "schedstat");
      std::uint64_t ran = 0, waited = 0;
      if (!(file >> ran >> waited)) continue;
      auto [found, is_new] = threads_.try_emplace(each->path().filename().string());
      if (is_new && !looked_) found->second.first = waited;  // one that begins later has waited nothing before
      found->second.last = waited;
    }
    looked_ = true;
  }

  /// Of the thread that has waited longest: what one does after the other was late by no more.
  std::chrono::milliseconds longest() const {
    std::uint64_t most = 0;
    for (const auto& [id, waited] : threads_) most = std::max(most, waited.last - waited.first);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::nanoseconds(most));
  }

 private:
  struct waits {
    std::uint64_t first = 0, last = 0;
  };

  const std::filesystem::path tasks_;
  std::map<std::string, waits> threads_;
  bool looked_ = false;
};

}  // namespace sundown::testing::drain_kit
