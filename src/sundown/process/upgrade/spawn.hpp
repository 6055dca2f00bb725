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

/// This program, as it was started. The path is the one it was called by, not the file behind it: if that file or a
/// link on the way has been replaced since, the new file is run.
program this_program(int argc, char** argv, std::vector<std::string> environment);

/// What a supervisor says on its line.
struct supervisor_message {
  enum class kind : int {
    none,
    started,       ///< `value`: the pid
    not_executed,  ///< `value`: errno; the end follows
    ended,         ///< `value`: the status of waitpid(2)
  };
  kind what;
  int value;
};

/// Starts a program with these descriptors as 3, 4 and so on, and no other but the first three; LISTEN_PID is added to
/// its environment. Signals are as in a process that a shell starts. Throws std::system_error if there can be no
/// process. The child finds out whether the program exists: its file may be on a mount that doesn't answer.
///
/// Returns the pid of the supervisor, the process between the program and this one: see the class of that name. `line`
/// is a SOCK_SEQPACKET socket: its messages come whole or not at all. The supervisor writes the messages above and
/// reads numbers of signals for the child, one byte each. When the line ends, the supervisor exits; it kills the child
/// if it has passed a signal on, since such a child is to end, and leaves it alone otherwise.
pid_t spawn(const program& what, const std::vector<int>& descriptors, int line);

}  // namespace sundown::process
