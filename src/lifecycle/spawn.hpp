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

/// Starts it with these descriptors as 3, 4 and so on, and none else but the first three; LISTEN_PID is added to its
/// environment. Signals are as in a process that a shell starts. Throws std::system_error.
pid_t spawn(const program& what, const std::vector<int>& descriptors);

}  // namespace sundown::lifecycle
