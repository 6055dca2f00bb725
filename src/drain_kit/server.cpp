#include "drain_kit/server.hpp"

#include "wire/socket_table.hpp"

#include <poll.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace sundown::testing::drain_kit {
namespace {

command command_of(const std::string& program, const service_options& options, const temp_dir& directory) {
  auto what = options;
  what.program = program;
  what.variable_prefix = "SUNDOWN_";
  what.settings.emplace("demo.enabled", "true");
  return service_command(what, directory.path());
}

/// False only if it is known: the process shares our network, and listens on other ports or none.
bool may_listen(pid_t pid, std::uint16_t port) {
  std::error_code fault;
  const auto theirs = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/ns/net", fault);
  if (fault || theirs != std::filesystem::read_symlink("/proc/self/ns/net", fault)) return true;
  return listening_ports(pid).contains(port);
}

}  // namespace

started_service::started_service(const std::string& program, const service_options& options)
    : process_(command_of(program, options, directory_)) {
  const auto where = wait_ready_line(process_.out());
  if (!where) throw std::runtime_error("'" + program + "' did not become ready:\n" + log());
  where_ = *where;
}

std::string started_service::report() {
  process_.out().wait_end();
  return process_.out().wait_for("\"message\":\"shutdown report\"", 0ms).value_or("");
}

std::string started_service::log() const { return process_.out().text() + process_.err().text(); }

running_process::running_process(pid_t pid, endpoint where)
    : pid_(pid), where_(std::move(where)), pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
  if (!pidfd_) throw std::runtime_error("--pid " + std::to_string(pid) + ": " + std::strerror(errno));
  if (!may_listen(pid, where_.port))
    throw std::runtime_error("--pid " + std::to_string(pid) + ": that process doesn't listen on port " +
                             std::to_string(where_.port) + "; the signal would hit the wrong one");
}

// By descriptor, not by number: that may be somebody else's by now.
void running_process::signal(int number) {
  if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) != 0 && errno != ESRCH)
    throw std::runtime_error(std::string("sending the signal: ") + std::strerror(errno));
}

std::optional<exit_report> running_process::wait_exit(milliseconds limit) {
  pollfd one{pidfd_.get(), POLLIN, 0};
  if (::poll(&one, 1, static_cast<int>(limit.count())) <= 0) return std::nullopt;
  exit_report how;
  how.at = clock::now();
  return how;
}

}  // namespace sundown::testing::drain_kit
