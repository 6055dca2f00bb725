#include "log/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace sundown::log {

// open() takes the lowest free number: that of the stream, since those below it are there.
void occupy_standard_streams() noexcept {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const bool in = fd == STDIN_FILENO;
    if (::open(in ? "/dev/full" : "/dev/null", in ? O_WRONLY : O_RDONLY) != fd) return;
  }
}

}  // namespace sundown::log
