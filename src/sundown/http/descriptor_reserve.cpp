#include "http/descriptor_reserve.hpp"

#include <algorithm>
#include <limits>

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

namespace sundown::http::detail {

using namespace std::chrono_literals;

namespace {

/// For so long after the reserve was reached each accept is preceded by a look.
constexpr auto stays_near = 1s;

int lowest_free() noexcept {
  const int found = ::eventfd(0, EFD_CLOEXEC);
  if (found >= 0) ::close(found);
  return found;
}

int first_of(rlim_t spare, int first_connection) noexcept {
  constexpr auto none = std::numeric_limits<int>::max();
  rlimit limit{};
  if (spare == 0 || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return none;
  const auto used = static_cast<rlim_t>(first_connection);  // open(2) gives the lowest: those below are open
  const auto free = limit.rlim_cur - std::min(used, limit.rlim_cur);
  const auto first = limit.rlim_cur - std::min<rlim_t>({spare, limit.rlim_cur / 4, free / 2});
  return static_cast<int>(std::min<rlim_t>(first, none));
}

}  // namespace

descriptor_reserve::descriptor_reserve(std::size_t spare) : first_spare_(-static_cast<int>(spare)) {}

/// Only now is all open that is no connection: the listener of the probes is there before stores and workers are.
void descriptor_reserve::accepted(int descriptor, clock::time_point now) noexcept {
  if (first_spare_ <= 0) first_spare_ = first_of(static_cast<rlim_t>(-first_spare_), descriptor);
  if (descriptor >= first_spare_) near_until_ = now + stays_near;
}

bool descriptor_reserve::reached(clock::time_point now) noexcept {
  if (now >= near_until_) return false;
  const int next = lowest_free();
  const bool yes = next < 0 || next >= first_spare_;
  if (yes) near_until_ = now + stays_near;
  return yes;
}

}  // namespace sundown::http::detail
