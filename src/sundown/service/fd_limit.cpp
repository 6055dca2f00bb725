#include "service/fd_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>

namespace sundown::serving {

void raise_fd_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // refused: then it serves fewer connections, and accepting backs off
}

std::string too_few_descriptors(std::size_t needed, const std::string& purpose) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  std::size_t free = 0, open = 0;
  for (rlim_t number = 0; number < limit.rlim_cur && free < needed; ++number) {
    if (::fcntl(static_cast<int>(number), F_GETFD) < 0 && errno == EBADF)
      ++free;
    else
      ++open;
  }
  if (free >= needed) return {};
  return "too few file descriptors: " + std::to_string(limit.rlim_cur) + " are allowed and " + std::to_string(open) +
         " are open, " + purpose + " takes " + std::to_string(needed) +
         " more; raise the limit (ulimit -n, LimitNOFILE= in a systemd unit, --ulimit nofile= of docker)";
}

std::size_t descriptors_to_serve(std::size_t workers, std::size_t storage_threads, std::size_t servers) {
  constexpr std::size_t of_control_plane = 8;      // the admin listener, connections to it, a socket to systemd, files
  constexpr std::size_t of_worker = 5;             // epoll, eventfd, timerfd, its listener, a connection
  constexpr std::size_t of_sqlite = 7;             // its thread's epoll, eventfd, timerfd; the writer's three, a folder
  constexpr std::size_t of_sqlite_connection = 2;  // the database and its log
  constexpr std::size_t of_server = 8;
  return of_control_plane + of_worker * workers + of_sqlite + of_sqlite_connection * storage_threads +
         of_server * servers;
}

}  // namespace sundown::serving
