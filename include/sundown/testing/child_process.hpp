#pragma once

#include <sundown/testing/clock.hpp>
#include <sundown/testing/line_capture.hpp>
#include <sundown/testing/unique_fd.hpp>

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sundown::testing {

/// What to run. The environment is exactly this one, "NAME=value" each.
struct command {
  std::string program;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::string directory = ".";
  bool without_stdout = false;        ///< file descriptor 1 is not open at all, as after `>&-`
  int pipe_size = 0;                  ///< of stdout, so that it is soon full; 0: the kernel's default
  std::vector<int> descriptors = {};  ///< the child has them as 3, 4 and so on, and LISTEN_PID and LISTEN_FDS say so
  unsigned open_files = 0;            ///< RLIMIT_NOFILE, soft and hard; 0: that of the test
  /// Called in the child just before it executes the program, which it doesn't if this is false. Between fork(2) and
  /// execve(2): async-signal-safe calls only.
  std::function<bool()> prepare = nullptr;
  int namespaces = 0;  ///< that the child is the first process of: CLONE_NEWPID and the like of clone(2); needs root
};

/// How a process ended, and how long after the last signal that the test sent.
struct exit_report {
  int code = -1;   ///< exit code; -1 if a signal killed it
  int signal = 0;  ///< the signal that killed it; 0 if it exited
  clock::time_point at;
  milliseconds after_signal{0};

  std::string describe() const;
};

/// A child process, its output captured. Killed and reaped in the destructor, and by the kernel when the test dies.
class child_process {
 public:
  explicit child_process(const command& what);
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  pid_t pid() const { return pid_; }
  /// Sends a signal; the process may have ended already.
  void signal(int number);
  /// When the last signal was sent.
  clock::time_point signalled() const { return signalled_; }
  /// Nothing if it still runs at the end of the limit. Reaps it the first time.
  std::optional<exit_report> wait_exit(milliseconds limit = ample);
  /// True once the process has a handler for the signal: from then on the kernel's default action can't be what ends
  /// it.
  bool wait_handles(int number, milliseconds limit = ample) const;

  line_capture& out() const { return *out_; }
  line_capture& err() const { return *err_; }

 private:
  pid_t pid_ = -1;
  unique_fd pidfd_;
  clock::time_point signalled_ = clock::now();
  std::optional<exit_report> ended_;
  std::unique_ptr<line_capture> out_, err_;
};

}  // namespace sundown::testing
