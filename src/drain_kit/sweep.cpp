#include "drain_kit/sweep.hpp"

#include <sundown/testing/eventually.hpp>

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace sundown::testing::drain_kit {
namespace {

std::optional<process_entry> process_of(const std::filesystem::path& folder) {
  std::ifstream file(folder / "stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const auto open = line.find('('), close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  process_entry one;
  one.name = line.substr(open + 1, close - open - 1);
  std::istringstream(line.substr(0, open)) >> one.pid;
  std::istringstream rest(line.substr(close + 1));
  rest >> one.state >> one.parent >> one.group;
  std::string skipped;
  for (int field = 6; field < 20; ++field) rest >> skipped;
  rest >> one.threads;
  return one;
}

std::vector<process_entry> seen_of(pid_t group) {
  std::vector<process_entry> all;
  std::error_code fault;
  for (std::filesystem::directory_iterator each("/proc", fault), end; !fault && each != end; each.increment(fault)) {
    const auto one = process_of(each->path());
    if (!one || one->pid == group || one->is_dead()) continue;
    const bool of_group = group != 0 && one->group == group;
    if (of_group || (one->parent == ::getpid() && one->group != ::getpgrp())) all.push_back(*one);
  }
  return all;
}

}  // namespace

std::vector<process_entry> left_of(pid_t group) {
  // A list of processes is no picture of one moment: who is on it may start another and end before it is looked at.
  constexpr int looks = 3;
  std::vector<process_entry> all;
  for (int look = 0; look < looks && all.empty(); ++look) all = seen_of(group);
  return all;
}

void sweep(pid_t group) {
  eventually(3s, [&] {
    const auto left = left_of(group);
    for (const auto& one : left) ::kill(one.pid, SIGKILL);
    return left.empty();
  });
}

}  // namespace sundown::testing::drain_kit
