#include "log/write_all.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace sundown::log {
namespace {

bool writable(int fd, int timeout_ms) noexcept {
  pollfd one{fd, POLLOUT, 0};
  int ready = 0;
  do ready = ::poll(&one, 1, timeout_ms);
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

void write_all(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      // Somebody who shares the descriptor, as a terminal is shared, has made it non-blocking.
      if (!writable(fd, -1)) return;
    } else if (errno != EINTR) {
      return;
    }
  }
}

bool write_patiently(int fd, std::string_view text, std::chrono::milliseconds patience) noexcept {
  while (!text.empty()) {
    if (!writable(fd, static_cast<int>(patience.count()))) return false;
    // A pipe that is writable takes PIPE_BUF bytes without blocking.
    const auto written = ::write(fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (written >= 0)
      text.remove_prefix(static_cast<std::size_t>(written));
    else if (errno != EINTR && errno != EAGAIN)
      return false;
  }
  return true;
}

}  // namespace sundown::log
