#include "drain_kit/found_server.hpp"

#include "drain_kit/run.hpp"
#include "drain_kit/shell.hpp"
#include "wire/socket_table.hpp"

#include <poll.h>
#include <sys/syscall.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace sundown::testing::drain_kit {
namespace {

/// False only if it is known: the process shares our network, and listens on other ports or none.
bool may_listen(pid_t pid, std::uint16_t port) {
  std::error_code fault;
  const auto theirs = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/ns/net", fault);
  if (fault || theirs != std::filesystem::read_symlink("/proc/self/ns/net", fault)) return true;
  return listening_ports(pid).contains(port);
}

unique_fd opened(pid_t pid, std::uint16_t port) {
  unique_fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process)
    throw std::runtime_error("--pid " + std::to_string(pid) + ": " + std::generic_category().message(errno));
  if (!may_listen(pid, port))
    throw std::runtime_error("--pid " + std::to_string(pid) + ": that process doesn't listen on port " +
                             std::to_string(port) + "; the signal would hit the wrong one");
  return process;
}

class found_server : public server {
 public:
  found_server(endpoint where, pid_t pid, const std::string& exec, int signal)
      : where_(std::move(where)), pid_(pid), exec_(exec), signal_(signal) {
    if (pid != 0) process_ = opened(pid, where_.port);
  }

  pid_t process() const override { return pid_; }
  endpoint where() const override { return where_; }
  // By descriptor, not by number: that may be somebody else's by now.
  void stop(int signal) override {
    if (!exec_.empty()) {
      if (!command_) command_.emplace(shell_command(exec_));
      return;
    }
    const int number = signal != 0 ? signal : signal_;
    if (::syscall(SYS_pidfd_send_signal, process_.get(), number, nullptr, 0) != 0 && errno != ESRCH)
      throw std::runtime_error(std::string("sending the signal: ") + std::generic_category().message(errno));
  }
  bool stops_at_once() const override { return exec_.empty(); }
  std::string stop_name(int signal) const override {
    return exec_.empty() ? signal_name(signal != 0 ? signal : signal_) : "stop";
  }
  std::optional<exit_report> wait_exit(milliseconds limit) override {
    if (process_ ? !ended(limit) : !gone(limit)) return std::nullopt;
    exit_report how;
    how.at = clock::now();
    return how;
  }

 private:
  bool ended(milliseconds limit) const {
    pollfd one{process_.get(), POLLIN, 0};
    return ::poll(&one, 1, static_cast<int>(limit.count())) > 0;
  }
  /// What stops it has ended, and nobody listens any more.
  bool gone(milliseconds limit) {
    const deadline end(limit);
    if (!command_->wait_exit(end.left())) return false;
    return eventually(end.left(), [&] { return raw_client().connect(where_, 1s) == connecting::refused; });
  }

  const endpoint where_;
  const pid_t pid_;
  const std::string exec_;
  const int signal_;
  unique_fd process_;
  std::optional<child_process> command_;
};

}  // namespace

std::unique_ptr<server> found_source::start(const start_order&) {
  return std::make_unique<found_server>(where_, pid_, exec_, signal_);
}

std::string found_source::describe() const {
  return where_.address + ":" + std::to_string(where_.port) + (exec_.empty() ? "" : ", stopped by '" + exec_ + "'");
}

}  // namespace sundown::testing::drain_kit
