#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace sundown::base {

/// What the control groups of this process let it have: the least along the way from its own to the topmost that it
/// sees, in version 1 and version 2 of them (cgroups(7)).
struct cgroup_limits {
  std::optional<double> cpus;           ///< the quota of time per period
  std::optional<std::uint64_t> memory;  ///< bytes
};

/// Nothing where there is no limit, and where none can be read. `root`: where /proc and /sys are.
cgroup_limits read_cgroup_limits(const std::filesystem::path& root = "/");

/// The cores that this thread may run on (sched_getaffinity(2)).
std::size_t usable_cores();

/// A thread for each core, but no more than the quota keeps busy: of what is beyond, each would only wait for its turn
/// of the period while it holds connections.
std::size_t fitting_threads(std::size_t cores, const cgroup_limits& limits) noexcept;

}  // namespace sundown::base
