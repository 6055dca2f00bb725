#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace sundown::process {

/// How to run a program.
struct program {
  std::string path;
  std::vector<std::string> arguments;    ///< with its name, argv[0]
  std::vector<std::string> environment;  ///< "NAME=value" each
};

/// This one, as it was started. The path is the one it was called by, not the file behind it: where that file or a link
/// on the way has been replaced since, the new one is run.
program this_program(int argc, char** argv, std::vector<std::string> environment);

/// What a guardian says on its line.
struct guardian_message {
  enum class kind : int {
    none,
    started,       ///< `value`: the pid
    not_executed,  ///< `value`: errno; the end follows
    ended,         ///< `value`: the status of waitpid(2)
  };
  kind what;
  int value;
};

/// Starts it with these descriptors as 3, 4 and so on, and none else but the first three; LISTEN_PID is added to its
/// environment. Signals are as in a process that a shell starts. Throws std::system_error if there can be no process;
/// whether there is such a program is found out by the child: its file may be on a mount that doesn't answer.
///
/// Between it and us stands a guardian, a process whose pid is returned: see the class of that name. `line` is a
/// SOCK_SEQPACKET socket: its messages come whole or not at all. On it the guardian says what is above, and is told
/// numbers of signals for the child, one byte each. When the line ends, the guardian goes, and leaves the child alone
/// unless it was told a signal: such a child is to end, and is killed.
pid_t spawn(const program& what, const std::vector<int>& descriptors, int line);

}  // namespace sundown::process
