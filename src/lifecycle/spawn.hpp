#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace sundown::lifecycle {

/// How to run a program.
struct program {
  std::string path;
  std::vector<std::string> arguments;    ///< with its name, argv[0]
  std::vector<std::string> environment;  ///< "NAME=value" each
};

/// This one, as it was started. The path is the one it was called by, not the file behind it: where that file or a link
/// on the way has been replaced since, the new one is run.
program this_program(int argc, char** argv, std::vector<std::string> environment);

/// What a guardian is told on its line: to let its child go, or the number of a signal for the child.
inline constexpr char let_go = 0;

/// Starts it with these descriptors as 3, 4 and so on, and none else but the first three; LISTEN_PID is added to its
/// environment. Signals are as in a process that a shell starts. Throws std::system_error.
///
/// Between it and us stands a guardian, a process whose pid is returned: see the class of that name. On `line`, a
/// stream socket, it says its child's pid and, if the child ends, how (the status of waitpid(2)). When it is told to
/// let the child go, or the line ends, it is gone.
pid_t spawn(const program& what, const std::vector<int>& descriptors, int line);

}  // namespace sundown::lifecycle
