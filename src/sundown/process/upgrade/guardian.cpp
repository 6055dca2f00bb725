#include "process/upgrade/guardian.hpp"

#include <sundown/stop/budget.hpp>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
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

/// For a process that was killed to be gone. It takes microseconds, unless the kernel holds it up.
constexpr auto kill_limit = 200ms;

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return "it was killed by signal " + std::to_string(WTERMSIG(status));
  return "it exited with code " + std::to_string(WEXITSTATUS(status)) + " before it was ready";
}

/// Kills a child and takes its status. ECHILD: SIGCHLD is ignored, and it has none.
void kill_and_reap(pid_t child) noexcept {
  if (child <= 0) return;
  ::kill(child, SIGKILL);
  const auto limit = clock::now() + kill_limit;
  for (auto pause = 50us; ::waitpid(child, nullptr, WNOHANG) == 0 && clock::now() < limit; pause *= 2) {
    std::this_thread::sleep_for(std::min<std::chrono::microseconds>(pause, 5ms));
  }
}

}  // namespace

void guardian::start(const program& what, const std::vector<int>& descriptors, events then) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  try {
    guard_ = spawn(what, descriptors, ends[1]);
  } catch (...) {
    for (const int each : ends) ::close(each);
    throw;
  }
  ::close(ends[1]);
  pid_ = -1;
  fault_.clear();
  then_ = std::move(then);
  line_.assign(ends[0]);
  read();
}

void guardian::read() {
  if (done_) return;
  message_.what = guardian_message::kind::none;
  line_.async_read_some(asio::buffer(&message_, sizeof message_),
                        [this, guard = guard_](error_code ec, std::size_t size) {
                          if (ec == asio::error::operation_aborted || guard != guard_ || done_) return;
                          if (ec || size != sizeof message_) return end("its guardian has gone");
                          hear(message_);
                        });
}

void guardian::hear(const guardian_message& message) {
  switch (message.what) {
    case guardian_message::kind::none:
      break;
    case guardian_message::kind::started:
      pid_ = message.value;
      then_.started();
      break;
    case guardian_message::kind::not_executed:
      fault_ = std::string("it could not be executed: ") + std::strerror(message.value);
      break;
    case guardian_message::kind::ended:
      pid_ = -1;
      return end(how_it_ended(message.value));
  }
  if (line_.is_open()) read();
}

void guardian::end(std::string how) {
  // Somebody has killed the guardian: what it guarded must not go on without.
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  let_go();
  std::exchange(then_.ended, {})(fault_.empty() ? std::move(how) : fault_);
}

void guardian::signal(int number) noexcept {
  if (!line_.is_open()) return;
  wake();
  const auto told = static_cast<char>(number);
  (void)::send(line_.native_handle(), &told, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void guardian::wake() noexcept {
  if (guard_ > 0) ::kill(guard_, SIGCONT);
}

// In this order: as long as there is a guardian that says nothing, the number is that process's.
void guardian::kill() noexcept {
  if (pid_ > 0) ::kill(std::exchange(pid_, -1), SIGKILL);
  if (guard_ > 0) ::kill(guard_, SIGKILL);  // end() comes of it
}

// By SIGKILL, which also ends a guardian that somebody has stopped. A process has lost its parent when that can be
// waited for, not before.
bool guardian::let_go() noexcept {
  kill_and_reap(std::exchange(guard_, -1));
  // What it has said meanwhile, and nobody has heard yet.
  bool ended = message_.what == guardian_message::kind::ended;
  while (!ended && ::recv(line_.native_handle(), &message_, sizeof message_, MSG_DONTWAIT) == sizeof message_)
    ended = message_.what == guardian_message::kind::ended;
  error_code ec;
  line_.close(ec);
  return !ended;
}

void guardian::stop_waiting() {
  done_ = true;
  if (line_.is_open()) line_.cancel();
}

}  // namespace sundown::process
