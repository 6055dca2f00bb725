#include "process/upgrade/supervisor.hpp"

#include <sundown/stop/budget.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/scope/unique_fd.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sundown::process {

using namespace std::chrono_literals;
using boost::system::error_code;

namespace {

/// For a killed process to be gone. It takes microseconds, unless the kernel holds it up.
constexpr auto reap_limit = 200ms;

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return "it was killed by signal " + std::to_string(WTERMSIG(status));
  return "it exited with code " + std::to_string(WEXITSTATUS(status)) + " before it was ready";
}

/// Kills a child and takes its status. ECHILD: SIGCHLD is ignored, so there is no status.
void kill_and_reap(pid_t child) noexcept {
  if (child <= 0) return;
  ::kill(child, SIGKILL);
  const auto limit = clock::now() + reap_limit;
  for (auto pause = 50us; ::waitpid(child, nullptr, WNOHANG) == 0 && clock::now() < limit; pause *= 2) {
    std::this_thread::sleep_for(std::min<std::chrono::microseconds>(pause, 5ms));
  }
}

}  // namespace

void supervisor::start(const program& what, const std::vector<int>& descriptors, events then) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  boost::scope::unique_fd ours(ends[0]);
  const boost::scope::unique_fd theirs(ends[1]);
  supervisor_ = spawn(what, descriptors, theirs.get());
  pid_ = -1;
  fault_.clear();
  then_ = std::move(then);
  line_.assign(ours.get());
  ours.release();
  read();
}

void supervisor::read() {
  if (done_) return;
  message_.what = supervisor_message::kind::none;
  line_.async_read_some(asio::buffer(&message_, sizeof message_),
                        [this, current = supervisor_](error_code ec, std::size_t size) {
                          if (ec == asio::error::operation_aborted || current != supervisor_ || done_) return;
                          if (ec || size != sizeof message_) return end("its guardian has gone");
                          hear(message_);
                        });
}

void supervisor::hear(const supervisor_message& message) {
  switch (message.what) {
    case supervisor_message::kind::none:
      break;
    case supervisor_message::kind::started:
      pid_ = message.value;
      then_.started();
      break;
    case supervisor_message::kind::not_executed:
      fault_ = "it could not be executed: " + std::error_code(message.value, std::generic_category()).message();
      break;
    case supervisor_message::kind::ended:
      pid_ = -1;
      return end(how_it_ended(message.value));
  }
  if (line_.is_open()) read();
}

void supervisor::end(std::string how) {
  // The supervisor was killed: its process must not go on without.
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  let_go();
  std::exchange(then_.ended, {})(fault_.empty() ? std::move(how) : fault_);
}

void supervisor::signal(int number) noexcept {
  if (!line_.is_open()) return;
  wake();
  const auto told = static_cast<char>(number);
  (void)::send(line_.native_handle(), &told, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void supervisor::wake() noexcept {
  if (supervisor_ > 0) ::kill(supervisor_, SIGCONT);
}

// In this order: as long as the supervisor exists and has not told the process's end, the pid is that process's.
void supervisor::kill() noexcept {
  if (pid_ > 0) ::kill(std::exchange(pid_, -1), SIGKILL);
  if (supervisor_ > 0) ::kill(supervisor_, SIGKILL);  // leads to end()
}

// By SIGKILL, which also ends a stopped supervisor. A process has lost its parent when the parent can be waited for,
// not before.
bool supervisor::let_go() noexcept {
  kill_and_reap(std::exchange(supervisor_, -1));
  // Messages that have come meanwhile and were not read.
  bool ended = message_.what == supervisor_message::kind::ended;
  while (!ended && ::recv(line_.native_handle(), &message_, sizeof message_, MSG_DONTWAIT) == sizeof message_)
    ended = message_.what == supervisor_message::kind::ended;
  error_code ec;
  line_.close(ec);
  return !ended;
}

void supervisor::stop_waiting() {
  done_ = true;
  if (line_.is_open()) line_.cancel();
}

}  // namespace sundown::process
