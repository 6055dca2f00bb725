#pragma once

#include "process/scenario.hpp"

#include <boost/json/parse.hpp>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

namespace sundown::test {

/// A service, and the processes that succeed it by upgrades in place. The orphans among them become the test's own
/// children, so that it sees how they end; what still runs at the end is killed.
class lineage {
 public:
  explicit lineage(const service_options& options = {}) : first_((adopt_orphans(), options)) {
    pids_.insert(current_ = first_.process().pid());
  }
  lineage(const lineage&) = delete;
  lineage& operator=(const lineage&) = delete;
  ~lineage() {
    first_.signal(SIGKILL);  // unless it has ended
    first_.wait_exit();
    end_of_all(SIGKILL);
  }

  running& first() { return first_; }
  const endpoint& http() const { return first_.http(); }
  const endpoint& admin() const { return first_.admin(); }
  /// The log of all of them: they write into one pipe.
  const line_capture& out() { return first_.process().out(); }
  pid_t current() const { return current_; }

  void signal(int number) { ::kill(current_, number); }

  /// Sends SIGUSR2, and waits until another process has taken over and the one before has ended, with 0.
  void upgrade() {
    signal(SIGUSR2);
    const auto line = out().wait_for([this](std::string_view one) {
      return one.find("upgrade: the new process is ready") != one.npos && !pids_.contains(pid_in(one));
    });
    if (!line) throw std::runtime_error("no upgrade\n" + first_.log());
    const auto before = current_;
    pids_.insert(current_ = pid_in(*line));
    EXPECT_EQ(exit_code(before), 0) << first_.log();
    // It has heard of that too: only then it may be upgraded itself.
    const auto gone =
        eventually(ample, [&] { return count("upgrade: the process before this one has ended") >= pids_.size() - 1; });
    if (!gone) throw std::runtime_error("the new process doesn't know that it is alone\n" + first_.log());
  }

  /// Waits for the end of the newest process; -1 if a signal killed it.
  int exit_code() { return exit_code(current_); }

  std::size_t count(std::string_view text) {
    const auto lines = out().lines();
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const auto& one) { return one.find(text) != one.npos; }));
  }

  /// The processes that were started by upgrades, whether or not they live.
  std::vector<pid_t> successors() {
    std::vector<pid_t> all;
    for (const auto& line : out().lines())
      if (line.find("upgrade: started the new process") != line.npos) all.push_back(pid_in(line));
    return all;
  }

  /// Whether it lives and is one of the lineage, a guardian perhaps: numbers of processes are used again.
  bool is_member(pid_t pid) const {
    std::error_code gone;
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd", gone) == first_.directory();
  }

  std::vector<pid_t> members() const {
    std::vector<pid_t> all;
    std::error_code gone;
    for (const auto& one : std::filesystem::directory_iterator("/proc", gone)) {
      const auto name = one.path().filename().string();
      if (name.find_first_not_of("0123456789") != name.npos) continue;
      if (const pid_t pid = std::stoi(name); is_member(pid)) all.push_back(pid);
    }
    return all;
  }

  /// Sends the signal to each process that is left, once, and waits until there is none. There may come more meanwhile:
  /// at its end LeakSanitizer looks at a process by another.
  void end_of_all(int number) {
    std::set<pid_t> told;
    const auto none_left = [&] {
      reap_orphans();
      const auto left = members();
      for (const pid_t each : left)
        if (told.insert(each).second) ::kill(each, number);
      return left.empty();
    };
    EXPECT_TRUE(eventually(ample, none_left)) << "a process is left\n" << first_.log();
  }

  static pid_t pid_in(std::string_view line) {
    return boost::json::parse(std::string(line)).as_object().at("pid").to_number<pid_t>();
  }

  /// The parent of a process; 0 if that isn't there.
  static pid_t parent_of(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string field; status >> field;)
      if (pid_t parent = 0; field == "PPid:" && status >> parent) return parent;
    return 0;
  }

 private:
  void reap_orphans() {
    for (const pid_t each : successors()) ::waitpid(each, nullptr, WNOHANG);
  }
  static void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

  int exit_code(pid_t pid) {
    if (pid == first_.process().pid()) {
      const auto end = first_.wait_exit();
      if (!end) throw std::runtime_error("the first process did not exit\n" + first_.log());
      return end->code;
    }
    const unique_fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    pollfd one{process.get(), POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(ample.count())) != 1)
      throw std::runtime_error("a process did not exit\n" + first_.log());
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  running first_;
  pid_t current_ = -1;
  std::set<pid_t> pids_;
};

}  // namespace sundown::test
