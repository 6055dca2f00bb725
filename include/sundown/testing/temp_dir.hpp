#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <unistd.h>

namespace sundown::testing {

/// A directory of its own for one test, removed with all that is in it.
class temp_dir {
 public:
  explicit temp_dir(const std::filesystem::path& in = std::filesystem::temp_directory_path()) {
    auto pattern = (in / "test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), pattern);
    path_ = pattern;
  }
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;
  ~temp_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Where a service under test keeps its data: in memory, if the machine has a place for that. The tests' bounds in time
/// are for the service, not for a disk that others write to as well. Programs can't be started from there everywhere.
inline std::filesystem::path data_directory() {
  const std::filesystem::path memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK | X_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

}  // namespace sundown::testing
