#include "service/fd_limit.hpp"

#include <sundown/error.hpp>

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>
#include <limits>
#include <utility>

namespace sundown::serving {

void raise_fd_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // refused: then it serves fewer connections, and accepting backs off
}

namespace {

std::string too_few(std::size_t limit, std::size_t open, std::size_t needed, const std::string& purpose) {
  return "too few file descriptors: " + std::to_string(limit) + " are allowed and " + std::to_string(open) +
         " are open, " + purpose + " takes " + std::to_string(needed) +
         " more; raise the limit (ulimit -n, LimitNOFILE= in a systemd unit, --ulimit nofile= of docker)";
}

std::size_t descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<std::size_t>(limit.rlim_cur)
                                                 : std::numeric_limits<std::size_t>::max();
}

/// Those that are open, below the limit; looked for until `enough` are found that are not.
std::size_t open_descriptors(std::size_t limit, std::size_t enough) {
  std::size_t open = 0;
  for (std::size_t number = 0; number < limit && number - open < enough; ++number)
    if (::fcntl(static_cast<int>(number), F_GETFD) >= 0 || errno != EBADF) ++open;
  return open;
}

/// More than all parts of a service take: so many free ones are counted.
constexpr std::size_t most_of_parts = 4096;

}  // namespace

std::string too_few_descriptors(std::size_t needed, const std::string& purpose) {
  const auto limit = descriptor_limit(), open = open_descriptors(limit, needed);
  return limit - open >= needed ? std::string() : too_few(limit, open, needed, purpose);
}

std::size_t descriptors_to_serve(std::size_t workers) {
  constexpr std::size_t of_control_plane = 8;  // the admin listener, connections to it, a socket to systemd, files
  constexpr std::size_t of_worker = 5;         // epoll, eventfd, timerfd, its listener, a connection
  return of_control_plane + of_worker * workers;
}

descriptor_account::descriptor_account(std::size_t needed, std::string purpose)
    : needed_(needed),
      purpose_(std::move(purpose)),
      limit_(descriptor_limit()),
      open_(open_descriptors(limit_, needed + most_of_parts)) {
  check();
}

void descriptor_account::take(std::size_t more) {
  needed_ += more;
  check();
}

void descriptor_account::check() const {
  if (limit_ - open_ < needed_) throw startup_error(too_few(limit_, open_, needed_, purpose_));
}

}  // namespace sundown::serving
