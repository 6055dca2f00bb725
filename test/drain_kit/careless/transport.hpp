#pragma once

#include "drain_kit/careless/stop.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string_view>

namespace careless {

/// Whether that comes within the limit: POLLIN, POLLOUT.
inline bool ready(int socket, short events, milliseconds limit) {
  pollfd one{socket, events, 0};
  return ::poll(&one, 1, static_cast<int>(limit.count())) > 0;
}

/// The bytes of one client, in the clear.
class transport {
 public:
  explicit transport(int socket) : socket_(socket) {
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;
  virtual ~transport() { ::close(socket_); }

  int socket() const { return socket_; }
  /// What comes before the first byte; false if it came to nothing.
  virtual bool open(const stop_state&) { return true; }
  /// As recv(2) and send(2) that don't wait.
  virtual ssize_t read(char* to, std::size_t size) { return ::recv(socket_, to, size, MSG_DONTWAIT); }
  virtual ssize_t write(std::string_view bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  /// Says that nothing more comes.
  virtual void end(const stop_state&) { ::shutdown(socket_, SHUT_WR); }

  /// Its closing is a reset.
  void give_up() {
    given_up_ = true;
    const ::linger none{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  }
  /// The end in order: nothing is closed before the client has all, and has ended its own side.
  void finish(const stop_state& stop) {
    if (given_up_) return;
    end(stop);
    if (stop.fails(fault::exits_unacknowledged)) return;
    char piece[4096];
    while (ready(socket_, POLLIN, patience) && ::recv(socket_, piece, sizeof piece, 0) > 0) continue;
  }

 private:
  const int socket_;
  bool given_up_ = false;
};

/// Makes the transports of a server.
class transport_source {
 public:
  virtual ~transport_source() = default;
  virtual std::unique_ptr<transport> over(int socket) const { return std::make_unique<transport>(socket); }
};

/// By TLS, which offers that one protocol. Throws std::runtime_error where a file is no good.
std::unique_ptr<transport_source> tls_transports(const char* certificate, const char* key, std::string_view protocol);

}  // namespace careless
