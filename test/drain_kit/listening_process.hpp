#pragma once

#include "support/testing.hpp"

#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <system_error>

namespace sundown::test {

/// A server in a process of its own, on a free port of 127.0.0.1; killed with the object. Make it before any thread is
/// started.
class listening_process {
 public:
  /// `serve` is given the listening socket, and never returns.
  template <class Serve>
  explicit listening_process(Serve serve) {
    unique_fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    if (::bind(listener.get(), address, size) != 0 || ::listen(listener.get(), 128) != 0 ||
        ::getsockname(listener.get(), address, &size) != 0)
      throw std::system_error(errno, std::generic_category(), "listen");
    where_ = {"127.0.0.1", ntohs(at.sin_port)};
    pid_ = ::fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(listener.get());
    ::_exit(1);
  }
  listening_process(const listening_process&) = delete;
  listening_process& operator=(const listening_process&) = delete;
  ~listening_process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  const endpoint& where() const { return where_; }
  pid_t pid() const { return pid_; }

 private:
  endpoint where_;
  pid_t pid_ = -1;
};

}  // namespace sundown::test
