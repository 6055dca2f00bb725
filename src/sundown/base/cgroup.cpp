#include "base/cgroup.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <sched.h>

namespace sundown::base {

namespace {

using std::filesystem::path;

/// The words of a file's first line; none where it can't be read.
std::vector<std::string> first_line(const path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  std::istringstream words(line);
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

template <class T>
void lower(std::optional<T>& limit, T other) {
  limit = limit ? std::min(*limit, other) : other;
}

void lower_cpus(cgroup_limits& limits, std::string_view quota, std::string_view period) {
  const auto part = parse_number<std::int64_t>(quota, 1);  // "max" and -1 are no limit
  const auto whole = parse_number<std::int64_t>(period, 1);
  if (part && whole) lower(limits.cpus, static_cast<double>(*part) / static_cast<double>(*whole));
}

void lower_memory(cgroup_limits& limits, const std::vector<std::string>& words) {
  constexpr auto none = std::uint64_t{1} << 62;  // version 1 has a number for no limit, the largest page
  if (words.size() != 1) return;
  const auto bytes = parse_number<std::uint64_t>(words.front(), 1, none);
  if (bytes) lower(limits.memory, *bytes);
}

/// Reads the files that there are in the folder of a group, of either version.
void read_group(const path& folder, cgroup_limits& limits) {
  if (const auto both = first_line(folder / "cpu.max"); both.size() == 2) lower_cpus(limits, both[0], both[1]);
  const auto quota = first_line(folder / "cpu.cfs_quota_us");
  const auto period = first_line(folder / "cpu.cfs_period_us");
  if (quota.size() == 1 && period.size() == 1) lower_cpus(limits, quota[0], period[0]);
  lower_memory(limits, first_line(folder / "memory.max"));
  lower_memory(limits, first_line(folder / "memory.limit_in_bytes"));
}

bool has_word(std::string_view list, std::string_view word) {
  for (;;) {
    const auto comma = list.find(',');
    if (list.substr(0, comma) == word) return true;
    if (comma == list.npos) return false;
    list.remove_prefix(comma + 1);
  }
}

/// A hierarchy of groups, as it is mounted (proc(5), /proc/pid/mountinfo).
struct hierarchy {
  std::string controllers;  ///< of version 1; empty: version 2
  std::string begin;        ///< the group that stands at the mount point
  std::string mount_point;
};

std::vector<hierarchy> hierarchies(const path& root) {
  std::ifstream in(root / "proc/self/mountinfo");
  std::vector<hierarchy> all;
  for (std::string line; std::getline(in, line);) {
    const auto dash = line.find(" - ");
    if (dash == line.npos) continue;
    std::istringstream left(line.substr(0, dash)), right(line.substr(dash + 3));
    std::string number, parent, device, begin, mount_point, type, source, options;
    left >> number >> parent >> device >> begin >> mount_point;
    right >> type >> source >> options;
    if (type == "cgroup2") all.push_back({{}, begin, mount_point});
    if (type == "cgroup") all.push_back({options, begin, mount_point});
  }
  return all;
}

/// The group of this process in a hierarchy, as its folder below the mount point (/proc/pid/cgroup).
std::optional<path> group_in(const hierarchy& mounted, std::string_view controllers, std::string_view group) {
  if (mounted.controllers.empty() != controllers.empty()) return std::nullopt;
  const auto first = controllers.substr(0, controllers.find(','));
  if (!controllers.empty() && !has_word(mounted.controllers, first)) return std::nullopt;
  std::string_view begin = mounted.begin;
  if (begin == "/") begin = {};
  const bool below = group.starts_with(begin) && (group.size() == begin.size() || group[begin.size()] == '/');
  // Of a group that isn't to be seen here the mount point is the nearest that is.
  if (!below || group.find("/..") != group.npos) return path();
  return path(group.substr(begin.size())).relative_path();
}

void read_hierarchy(const path& top, path group, cgroup_limits& limits) {
  for (;; group = group.parent_path()) {
    read_group(top / group, limits);
    if (group.empty()) return;
  }
}

}  // namespace

cgroup_limits read_cgroup_limits(const path& root) {
  cgroup_limits limits;
  const auto mounted = hierarchies(root);
  std::ifstream in(root / "proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos) continue;
    const auto text = std::string_view(line);
    for (const auto& each : mounted) {
      const auto group = group_in(each, text.substr(first + 1, second - first - 1), text.substr(second + 1));
      if (group) read_hierarchy(root / path(each.mount_point).relative_path(), *group, limits);
    }
  }
  return limits;
}

std::size_t usable_cores() {
  // A mask that is too small for the machine is refused.
  for (std::size_t most = 1024; most <= (1U << 20); most *= 2) {
    std::vector<cpu_set_t> mask(CPU_ALLOC_SIZE(most) / sizeof(cpu_set_t) + 1);
    const auto bytes = mask.size() * sizeof(cpu_set_t);
    if (::sched_getaffinity(0, bytes, mask.data()) == 0)
      return static_cast<std::size_t>(std::max(1, CPU_COUNT_S(bytes, mask.data())));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

std::size_t fitting_threads(std::size_t cores, const cgroup_limits& limits) noexcept {
  if (!limits.cpus) return cores;
  const auto busy = std::max(1.0, std::ceil(*limits.cpus - 1e-6));
  return busy < static_cast<double>(cores) ? static_cast<std::size_t>(busy) : cores;
}

}  // namespace sundown::base
