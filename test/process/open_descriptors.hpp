#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

/// What a process has open, and what of it a program that it starts would inherit.
namespace sundown::test {

/// The flags of open(2) with which the process holds this descriptor.
inline int flags_of(pid_t pid, const std::string& descriptor) {
  std::ifstream info("/proc/" + std::to_string(pid) + "/fdinfo/" + descriptor);
  for (std::string name, value; info >> name >> value;)
    if (name == "flags:") return std::stoi(value, nullptr, 8);
  return O_CLOEXEC;  // closed meanwhile: nobody inherits it
}

/// What this process has open; its children have the same, as far as nobody has asked for something else.
inline std::set<std::string> open_here() {
  std::set<std::string> all;
  std::error_code closed;
  for (const auto& one : std::filesystem::directory_iterator("/proc/self/fd"))
    all.insert(std::filesystem::read_symlink(one.path(), closed));
  return all;
}

/// The numbers and targets of the descriptors that are inherited, but for the standard streams and for what the runtime
/// of a sanitizer has open for a moment: the process's own map.
inline std::vector<std::string> inheritable(pid_t pid) {
  auto not_its_own = open_here();
  not_its_own.insert("/proc/" + std::to_string(pid) + "/maps");
  std::vector<std::string> all;
  for (const auto& one : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    const auto number = one.path().filename().string();
    std::error_code closed;  // meanwhile
    const auto target = std::filesystem::read_symlink(one.path(), closed).string();
    if (closed || std::stoi(number) <= STDERR_FILENO || not_its_own.contains(target)) continue;
    if ((flags_of(pid, number) & O_CLOEXEC) == 0) all.push_back(number + " " + target);
  }
  return all;
}

inline std::size_t sockets(pid_t pid) {
  const auto is_socket = [](const auto& one) {
    std::error_code closed;
    return std::filesystem::read_symlink(one.path(), closed).string().starts_with("socket:");
  };
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::count_if(begin(all), end(all), is_socket));
}

}  // namespace sundown::test
