#include "lifecycle/guardian.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sundown::lifecycle {

using boost::system::error_code;

namespace {

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return "it was killed by signal " + std::to_string(WTERMSIG(status));
  const auto code = WEXITSTATUS(status);
  if (code == 127) return "it could not be executed";
  return "it exited with code " + std::to_string(code) + " before it was ready";
}

}  // namespace

void guardian::start(const program& what, const std::vector<int>& descriptors) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  try {
    guard_ = spawn(what, descriptors, ends[1]);
  } catch (...) {
    for (const int each : ends) ::close(each);
    throw;
  }
  ::close(ends[1]);
  // It comes at once: there is nothing between the two but a fork.
  const bool told = ::recv(ends[0], &pid_, sizeof pid_, MSG_WAITALL) == sizeof pid_;
  if (line_.is_open()) line_.close();
  line_.assign(ends[0]);
  if (told && pid_ > 0) return;
  reap();
  throw std::system_error(EAGAIN, std::generic_category(), "fork");
}

void guardian::on_end(std::function<void(std::string)> call) {
  line_.async_read_some(asio::buffer(&status_, sizeof status_), [this, call = std::move(call)](error_code ec, auto) {
    if (ec == asio::error::operation_aborted) return;
    if (ec) ::kill(pid_, SIGKILL);  // somebody has killed the guardian: what it guarded must not go on without
    reap();
    line_.close();
    call(ec ? "its guardian was killed" : how_it_ended(status_));
  });
}

void guardian::signal(int number) noexcept {
  const auto told = static_cast<char>(number);
  (void)::send(line_.native_handle(), &told, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void guardian::let_go() noexcept {
  signal(lifecycle::let_go);
  reap();  // a process has lost its parent when that can be waited for, not before
  error_code ec;
  line_.close(ec);
}

void guardian::reap() noexcept { ::waitpid(guard_, nullptr, 0); }

void guardian::stop_waiting() {
  if (line_.is_open()) line_.cancel();
}

}  // namespace sundown::lifecycle
