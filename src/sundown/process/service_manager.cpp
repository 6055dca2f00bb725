#include "process/service_manager.hpp"

#include "log/json_escape.hpp"

#include <sundown/log.hpp>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace sundown::process {

namespace {

using log::one_line;  // STATUS= is one line

/// A manager that doesn't read must not hold up the control plane, and that for one message only.
constexpr timeval send_limit{0, 200'000};

/// Longer than the second until the next message, so that a machine that is busy doesn't break the chain.
constexpr std::chrono::microseconds extension{3'000'000};

/// The clock and the unit of MONOTONIC_USEC= (sd_notify(3)).
std::string monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

service_manager::service_manager(std::string_view socket) : address_(socket) {
  if (address_.empty()) return;
  const bool abstract = address_.front() == '@';
  if ((!abstract && address_.front() != '/') || address_.size() >= sizeof(sockaddr_un::sun_path)) {
    log::warn("NOTIFY_SOCKET is neither a path nor an abstract name: the service manager is told nothing",
              {{"socket", address_}});
    return;
  }
  if (abstract) address_.front() = '\0';
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (socket_) ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &send_limit, sizeof send_limit);
}

void service_manager::ready() {
  if (!stopping_) send("READY=1");
}

void service_manager::ready(std::string_view status) {
  if (!stopping_) send("READY=1\nSTATUS=" + one_line(status));
}

void service_manager::reloading() {
  if (!stopping_) send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds());
}

void service_manager::stopping() {
  stopping_ = true;
  send("STOPPING=1\nSTATUS=stopping");
}

void service_manager::status(std::string_view text) { send("STATUS=" + one_line(text)); }

void service_manager::progress(const stop::shutdown::progress& now) {
  auto message = "STATUS=" + one_line(to_string(now));
  const bool advanced = now.step != last_.step || now.open < last_.open;
  // It counts from now, and takes nothing from TimeoutStopSec=. A stop that is stuck asks for no more.
  if (advanced) message += "\nEXTEND_TIMEOUT_USEC=" + std::to_string(extension.count());
  send(message);
  last_ = now;
}

void service_manager::watchdog() { send("WATCHDOG=1"); }

void service_manager::hand_over(pid_t successor) {
  send("MAINPID=" + std::to_string(successor));
  socket_.reset();
}

void service_manager::send(const std::string& message) {
  if (!socket_) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  // An abstract name has no end but the address's; a path's is its NUL.
  const auto length = offsetof(sockaddr_un, sun_path) + address_.size() + (address_.front() == '\0' ? 0 : 1);
  const auto sent = ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | (reads_ ? 0 : MSG_DONTWAIT),
                             reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(length));
  reads_ = sent >= 0 || errno != EAGAIN;
  if (sent >= 0 || std::exchange(told_fault_, true)) return;
  log::warn("could not tell the service manager",
            {{"message", message}, {"error", std::error_code(errno, std::generic_category()).message()}});
}

}  // namespace sundown::process
