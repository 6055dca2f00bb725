#include "app/fd_limit.hpp"

#include <sys/resource.h>

namespace sundown::app {

void raise_fd_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // refused: then it serves fewer connections, and accepting backs off
}

}  // namespace sundown::app
