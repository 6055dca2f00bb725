#include <sundown/testing/child_process.hpp>

#include <sundown/testing/eventually.hpp>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

namespace sundown::testing {
namespace {

struct pipe_ends {
  unique_fd read, write;

  pipe_ends() {
    std::array<int, 2> fds{};
    if (::pipe2(fds.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    read.reset(fds[0]);
    write.reset(fds[1]);
  }
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (auto& one : strings) out.push_back(one.data());
  out.push_back(nullptr);
  return out;
}

constexpr std::string_view listen_pid = "LISTEN_PID=";

/// The protocol of sd_listen_fds(3); `pid_variable` has room for the digits.
void hand_over(const std::vector<int>& descriptors, char* pid_variable) {
  const int count = static_cast<int>(descriptors.size());
  // First out of the way of each other, then to their places.
  for (int i = 0; i < count; ++i) ::dup2(descriptors[static_cast<std::size_t>(i)], 200 + i);
  for (int i = 0; i < count; ++i) {
    ::dup2(200 + i, 3 + i);
    ::close(200 + i);
  }
  *std::to_chars(pid_variable + listen_pid.size(), pid_variable + listen_pid.size() + 12, ::getpid()).ptr = '\0';
}

/// The child's half of the start. Only async-signal-safe calls, since other threads of the parent may hold locks.
[[noreturn]] void become(const command& what, char** arguments, char** environment, int out, int err, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // In a PID namespace of its own the parent has no number.
  const pid_t now = ::getppid();
  if (now != parent && (now != 0 || what.namespaces == 0)) ::_exit(127);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  if (what.without_stdout)
    ::close(STDOUT_FILENO);
  else
    ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  // What the test has inherited itself is not handed on: how many are open is part of what a test says.
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  if (!what.descriptors.empty()) hand_over(what.descriptors, *environment);
  if (what.open_files != 0) {
    const rlimit both{what.open_files, what.open_files};
    if (::setrlimit(RLIMIT_NOFILE, &both) != 0) ::_exit(127);
  }
  if (what.prepare && !what.prepare()) ::_exit(127);
  if (::chdir(what.directory.c_str()) == 0) ::execve(what.program.c_str(), arguments, environment);
  constexpr std::string_view fault = "could not execute the program\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, fault.data(), fault.size());
  ::_exit(127);
}

bool has_signal(const std::string& status, std::string_view field, int number) {
  const auto at = status.find(field);
  if (at == std::string::npos) return false;
  const auto mask = std::strtoull(status.c_str() + at + field.size(), nullptr, 16);
  return ((mask >> (number - 1)) & 1) != 0;
}

}  // namespace

std::string exit_report::describe() const {
  const std::string how =
      signal != 0 ? "killed by signal " + std::to_string(signal) : "exit code " + std::to_string(code);
  return how + ", " + std::to_string(after_signal.count()) + " ms after the signal";
}

child_process::child_process(const command& what) {
  pipe_ends out, err;
  if (what.pipe_size > 0) ::fcntl(out.write.get(), F_SETPIPE_SZ, what.pipe_size);
  std::vector<std::string> arguments{what.program};
  arguments.insert(arguments.end(), what.arguments.begin(), what.arguments.end());
  auto environment = what.environment;
  if (!what.descriptors.empty()) {
    environment.insert(environment.begin(), std::string(listen_pid) + std::string(12, '\0'));
    environment.push_back("LISTEN_FDS=" + std::to_string(what.descriptors.size()));
  }
  const auto argv = pointers(arguments), envp = pointers(environment);
  const pid_t parent = ::getpid();
  // fork(2), which can't be told of namespaces; what the child does until execve(2) needs none of the C library's care.
  pid_ =
      what.namespaces == 0 ? ::fork() : static_cast<pid_t>(::syscall(SYS_clone, what.namespaces | SIGCHLD, 0, 0, 0, 0));
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0)
    become(what, const_cast<char**>(argv.data()), const_cast<char**>(envp.data()), out.write.get(), err.write.get(),
           parent);
  // By system call: glibc before 2.36 has no wrapper.
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  out_ = std::make_unique<line_capture>(std::move(out.read));
  err_ = std::make_unique<line_capture>(std::move(err.read));
}

child_process::~child_process() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void child_process::signal(int number) {
  if (ended_) return;  // the pid may be somebody else's by now
  signalled_ = clock::now();
  ::kill(pid_, number);
}

std::optional<exit_report> child_process::wait_exit(milliseconds limit) {
  if (ended_) return ended_;
  const deadline end(limit);
  for (;;) {
    pollfd one{pidfd_.get(), POLLIN, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(end.left().count()));
    if (ready > 0) break;
    if (ready == 0 && end.passed()) return std::nullopt;
  }
  exit_report how;
  how.at = clock::now();
  how.after_signal = between(signalled_, how.at);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  if (WIFEXITED(status))
    how.code = WEXITSTATUS(status);
  else
    how.signal = WTERMSIG(status);
  ended_ = how;
  return ended_;
}

bool child_process::wait_handles(int number, milliseconds limit) const {
  const std::string path = "/proc/" + std::to_string(pid_) + "/status";
  // Without a pause between two looks: what is wanted is the very first moment at which the signal is caught.
  for (const deadline end(limit); !end.passed();) {
    std::ostringstream all;
    all << std::ifstream(path).rdbuf();
    const auto status = all.str();
    // Blocked is not enough: so are all signals in the child between its start and its exec.
    if (has_signal(status, "SigCgt:", number)) return true;
    if (status.empty() || status.find("State:\tZ") != std::string::npos) return false;
  }
  return false;
}

}  // namespace sundown::testing
