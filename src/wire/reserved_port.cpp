#include "wire/reserved_port.hpp"

#include "wire/socket_table.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <system_error>

namespace sundown::testing {
namespace {

struct port_range {
  unsigned first = 10'000, last = 32'767;
};

/// Below the kernel's range or above it, whichever has more ports; of some size also where it is set to all of them.
port_range outside_of_kernels() {
  constexpr unsigned lowest = 10'000, highest = 65'535, enough = 1000;
  port_range kernels{32'768, 60'999};
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> kernels.first >> kernels.last;
  const port_range below{lowest, kernels.first - 1}, above{kernels.last + 1, highest};
  if (kernels.first > lowest + enough && kernels.first - lowest > highest - kernels.last) return below;
  if (kernels.last + enough < highest) return above;
  return {lowest, highest};
}

/// The name of a socket that nobody sends to (unix(7), abstract: it goes with its last descriptor, and leaves no file).
/// An empty one if somebody has it.
unique_fd claim(unsigned number) {
  unique_fd made(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!made) throw std::system_error(errno, std::generic_category(), "no free port: socket");
  const auto name = "sundown-port-" + std::to_string(number);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::memcpy(where.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(made.get(), reinterpret_cast<const sockaddr*>(&where), size) != 0) return unique_fd();
  return made;
}

}  // namespace

reserved_port::reserved_port() {
  constexpr int attempts = 1000;
  const auto range = outside_of_kernels();
  std::random_device chance;
  std::uniform_int_distribution<unsigned> any(range.first, range.last);
  for (int i = 0; i < attempts; ++i) {
    number_ = static_cast<std::uint16_t>(any(chance));
    claim_ = claim(number_);
    if (claim_ && is_free(number_)) return;
  }
  throw std::system_error(EADDRNOTAVAIL, std::generic_category(), "no free port");
}

}  // namespace sundown::testing
