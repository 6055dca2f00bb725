#include "process/upgrade/spawn.hpp"

#include "base/blocked_signals.hpp"
#include "process/upgrade/inheritance.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sundown::process {

namespace {

constexpr std::string_view pid_name = "LISTEN_PID=";

/// All that the child needs between fork and exec, made before: other threads may hold any lock at the fork, that of
/// the allocator included, so that the child may call nothing but what is async-signal-safe (signal-safety(7)).
struct child_plan {
  child_plan(const program& what, const std::vector<int>& given)
      : path(what.path),
        arguments(what.arguments),
        environment(what.environment),
        pid_text(pid_name),
        descriptors(given),
        lifted(given.size()) {
    pid_text.resize(pid_name.size() + 16);
    for (auto& one : arguments) argv.push_back(one.data());
    argv.push_back(nullptr);
    for (auto& one : environment) envp.push_back(one.data());
    envp.push_back(pid_text.data());
    envp.push_back(nullptr);
    most_descriptors = static_cast<int>(::sysconf(_SC_OPEN_MAX));
  }

  std::string path;
  std::vector<std::string> arguments, environment;
  std::string pid_text;
  std::vector<char*> argv, envp;
  std::vector<int> descriptors, lifted;
  int most_descriptors;
};

/// Some have no close-on-exec, such as a socket that a user's handler opened by Asio: left open, it would never end for
/// its peer.
void close_from(int first, const child_plan& plan) {
  if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U) == 0) return;
  for (int each = first; each < plan.most_descriptors; ++each) ::close(each);  // Linux before 5.9
}

/// The line stays open behind them, up to the exec.
bool place_descriptors(child_plan& plan, int& line) {
  const int behind = first_descriptor + static_cast<int>(plan.descriptors.size());
  // In two moves: the place of one may be where another is now. dup2() leaves close-on-exec behind.
  const int lifted_line = ::fcntl(line, F_DUPFD_CLOEXEC, behind + 1);
  if (lifted_line < 0) return false;
  line = lifted_line;
  for (std::size_t i = 0; i < plan.descriptors.size(); ++i) {
    plan.lifted[i] = ::fcntl(plan.descriptors[i], F_DUPFD, behind + 1);
    if (plan.lifted[i] < 0) return false;
  }
  for (std::size_t i = 0; i < plan.lifted.size(); ++i) {
    if (::dup2(plan.lifted[i], first_descriptor + static_cast<int>(i)) < 0) return false;
  }
  if (::dup3(line, behind, O_CLOEXEC) < 0) return false;
  line = behind;
  close_from(behind + 1, plan);
  return true;
}

/// Undoes what this service has changed. A signal that was ignored at its start, as by nohup(1), stays ignored.
void reset_signals() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction now;
    const bool ours = ::sigaction(number, nullptr, &now) == 0 && (now.sa_handler != SIG_IGN || number == SIGPIPE);
    if (ours) ::signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void say(int line, supervisor_message::kind what, int value) {
  const supervisor_message message{what, value};
  (void)::send(line, &message, sizeof message, MSG_NOSIGNAL);
}

[[noreturn]] void become(child_plan& plan, int line) {
  char* const digits = plan.pid_text.data() + pid_name.size();
  *std::to_chars(digits, plan.pid_text.data() + plan.pid_text.size() - 1, ::getpid()).ptr = '\0';
  if (place_descriptors(plan, line)) {
    reset_signals();
    ::execve(plan.path.c_str(), plan.argv.data(), plan.envp.data());
  }
  say(line, supervisor_message::kind::not_executed, errno);
  ::_exit(127);
}

[[noreturn]] void report_end(pid_t child, int line) {
  int status = 0;
  ::waitpid(child, &status, 0);
  say(line, supervisor_message::kind::ended, status);
  ::_exit(0);
}

/// The supervisor's main, with all signals blocked: stop signals are for the service's processes.
[[noreturn]] void guard(pid_t child, int line, const child_plan& plan) {
  if (child < 0) {
    say(line, supervisor_message::kind::not_executed, errno);
    ::_exit(1);
  }
  // The line is all that it keeps: a socket held here would stay open when both services have gone.
  if (line != first_descriptor && ::dup2(line, first_descriptor) < 0) {
    ::kill(child, SIGKILL);
    report_end(child, line);
  }
  line = first_descriptor;
  close_from(first_descriptor + 1, plan);
  say(line, supervisor_message::kind::started, child);
  // By system call: glibc before 2.36 has no wrapper.
  const auto process = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (process < 0) {
    ::kill(child, SIGKILL);
    report_end(child, line);
  }
  for (bool to_end = false;;) {
    std::array<pollfd, 2> both{{{process, POLLIN, 0}, {line, POLLIN, 0}}};
    if (::poll(both.data(), both.size(), -1) < 0) continue;
    if (both[0].revents != 0) report_end(child, line);
    char number = 0;
    if (::recv(line, &number, 1, 0) == 1) {
      to_end = true;
      ::kill(child, number);
      continue;
    }
    if (to_end) ::kill(child, SIGKILL);
    ::_exit(0);
  }
}

}  // namespace

program this_program(int argc, char** argv, std::vector<std::string> environment) {
  program self{{}, {argv, argv + argc}, std::move(environment)};
  const bool has_path = argc > 0 && self.arguments.front().find('/') != std::string::npos;
  // Found by $PATH: then the file itself is the best there is.
  std::error_code unknown;
  self.path = has_path ? std::filesystem::absolute(self.arguments.front(), unknown)
                       : std::filesystem::read_symlink("/proc/self/exe", unknown);
  return self;
}

pid_t spawn(const program& what, const std::vector<int>& descriptors, int line) {
  child_plan plan(what, descriptors);
  // Asio's handlers in the child would write into the pipe that it shares with this process.
  const base::blocked_signals until_the_child_has_its_own;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::signal(SIGCHLD, SIG_DFL);     // ignored, it would leave no status to wait for
    const pid_t child = ::_Fork();  // fork() is not async-signal-safe
    if (child == 0) become(plan, line);
    guard(child, line, plan);
  }
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  return pid;
}

}  // namespace sundown::process
