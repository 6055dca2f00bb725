#pragma once

#include <sundown/testing/raw_client.hpp>
#include <sundown/testing/unique_fd.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sundown::test {

/// One connection of a server that does what the test says, byte by byte. Blocking, each wait bounded.
class peer {
 public:
  explicit peer(sundown::testing::unique_fd fd) : fd_(std::move(fd)) {}

  /// Reads a request, with its body by Content-Length; "" once there is none.
  std::string read_request();
  /// False once the client has gone.
  bool send(std::string_view bytes);
  /// Until the client closes.
  void wait_end();
  /// Returns once the client's kernel has it.
  void half_close();
  /// With a RST.
  void reset();

 private:
  sundown::testing::unique_fd fd_;
  std::string in_;
};

/// A server on a free port of 127.0.0.1 that gives each connection to a function, on a thread of its own.
class scripted_server {
 public:
  using script = std::function<void(peer&, int connection)>;  ///< the first is 0

  explicit scripted_server(script serve);
  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;
  ~scripted_server();

  std::uint16_t port() const noexcept { return port_; }
  std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  int connections() const noexcept { return connections_; }

 private:
  void accept();

  const script serve_;
  sundown::testing::unique_fd listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> over_{false};
  std::vector<std::thread> members_;  // the acceptor's, until it has ended
  std::thread acceptor_;
};

}  // namespace sundown::test
