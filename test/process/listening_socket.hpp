#pragma once

#include "support/testing.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace sundown::test {

/// A listening socket on a free port of loopback, as systemd holds one for a service. `port`: one of another such
/// socket to share (SO_REUSEPORT).
class listening_socket {
 public:
  explicit listening_socket(std::uint16_t port = 0, bool listens = true)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    if (::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        ::bind(fd_.get(), address, size) != 0 || (listens && ::listen(fd_.get(), 1024) != 0) ||
        ::getsockname(fd_.get(), address, &size) != 0) {
      throw std::system_error(errno, std::generic_category(), "listening socket");
    }
    where_ = {"127.0.0.1", ntohs(at.sin_port)};
  }

  int fd() const { return fd_.get(); }
  const endpoint& where() const { return where_; }

 private:
  unique_fd fd_;
  endpoint where_;
};

}  // namespace sundown::test
