#include "log/write_all.hpp"

#include <boost/scope/unique_fd.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>

namespace sundown::log {
namespace {

bool writable(int fd, int timeout_ms) noexcept {
  pollfd one{fd, POLLOUT, 0};
  int ready = 0;
  do ready = ::poll(&one, 1, timeout_ms);
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

/// The same pipe or terminal opened once more, without blocking: O_NONBLOCK on the descriptor itself would be set for
/// every process that shares it. Where that isn't allowed (a pipe of another user's) the descriptor itself.
class unblocked {
 public:
  explicit unblocked(int fd) noexcept : fd_(fd) {
    struct stat about{};
    if (::fstat(fd, &about) != 0 || !(S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode))) return;
    char path[32];
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    own_.reset(::open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  }

  int get() const noexcept { return own_ ? own_.get() : fd_; }

 private:
  const int fd_;
  boost::scope::unique_fd own_;
};

/// A pipe that is writable takes PIPE_BUF bytes without blocking; a socket may take fewer.
ssize_t write_some(int fd, std::string_view text) noexcept {
  const auto size = std::min<std::size_t>(text.size(), PIPE_BUF);
  const auto sent = ::send(fd, text.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 && errno == ENOTSOCK ? ::write(fd, text.data(), size) : sent;
}

}  // namespace

std::size_t write_all(int fd, std::string_view text) noexcept {
  std::size_t done = 0;
  while (done != text.size()) {
    const auto written = ::write(fd, text.data() + done, text.size() - done);
    if (written > 0) {
      done += static_cast<std::size_t>(written);
    } else if (written < 0 && errno == EAGAIN) {
      // Somebody who shares the descriptor, as a terminal is shared, has made it non-blocking.
      if (!writable(fd, -1)) break;
    } else if (written == 0 || errno != EINTR) {
      break;
    }
  }
  return done;
}

bool write_within(int fd, std::string_view text, std::chrono::milliseconds limit) noexcept {
  using clock = std::chrono::steady_clock;
  if (text.empty()) return true;
  const auto end = clock::now() + limit;
  const unblocked to(fd);
  while (!text.empty()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()).count();
    if (!writable(to.get(), static_cast<int>(std::max<long>(left, 0)))) return false;
    const auto written = write_some(to.get(), text);
    if (written > 0)
      text.remove_prefix(static_cast<std::size_t>(written));
    else if (written == 0 || (errno != EINTR && errno != EAGAIN))
      return false;
  }
  return true;
}

}  // namespace sundown::log
