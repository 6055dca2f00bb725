#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace sundown::testing::drain_kit {

/// A process as /proc/PID/stat tells of it.
struct process_entry {
  pid_t pid = 0, parent = 0, group = 0;
  char state = '?';
  int threads = 0;
  std::string name;

  /// As long as one of its threads isn't, its children are not yet handed on.
  bool is_dead() const { return state == 'Z' && threads <= 1; }
};

/// What servers have left: those of the group, and all that have become the kit's own children
/// (PR_SET_CHILD_SUBREAPER), but for the group's leader and what the kit has started in its own group. 0: of no group,
/// a leader is one of them.
std::vector<process_entry> left_of(pid_t group);

/// Kills them, and whoever comes to the kit as a child by the end of its parent, until nobody is left, but waits for
/// 3 s at most.
void sweep(pid_t group);

}  // namespace sundown::testing::drain_kit
