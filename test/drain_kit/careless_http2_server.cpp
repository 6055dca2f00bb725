#include "drain_kit/careless_http2_server.hpp"

#include "support/testing.hpp"
#include "wire/frame_client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <list>

namespace sundown::test {
namespace {

std::atomic<bool> stop_begun{false};

std::string frame_of(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string whole = big_endian(static_cast<std::uint32_t>(payload.size()), 3);
  whole += static_cast<char>(type);
  whole += static_cast<char>(flags);
  return (whole += big_endian(stream)).append(payload);
}

/// One connection. What it writes is little: the kernel takes it.
class careless_connection {
 public:
  explicit careless_connection(unique_fd socket) : socket_(std::move(socket)) {
    const int yes = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    write(frame_of(NGHTTP2_SETTINGS, 0, 0, {}));
  }
  int handle() const { return socket_.get(); }

  /// False once the client has gone.
  bool read() {
    char piece[16 << 10];
    const auto n = ::recv(socket_.get(), piece, sizeof piece, 0);
    if (n <= 0) return false;
    input_.append(piece, static_cast<std::size_t>(n));
    if (greeted_ || input_.size() >= preface.size()) {
      if (!std::exchange(greeted_, true)) input_.erase(0, preface.size());
      take_frames();
    }
    return true;
  }

  void refuse_more() {
    refusing_ = true;
    write(frame_of(NGHTTP2_GOAWAY, 0, 0, big_endian(last_) + big_endian(NGHTTP2_NO_ERROR)));
  }

 private:
  void take_frames() {
    while (input_.size() >= 9) {
      const auto byte = [&](std::size_t at) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(input_[at]));
      };
      const std::size_t size = byte(0) << 16 | byte(1) << 8 | byte(2);
      if (input_.size() < 9 + size) return;
      const auto type = byte(3), flags = byte(4), stream = byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
      const auto payload = input_.substr(9, size);
      input_.erase(0, 9 + size);
      if (type == NGHTTP2_SETTINGS && (flags & NGHTTP2_FLAG_ACK) == 0)
        write(frame_of(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, {}));
      if (type == NGHTTP2_HEADERS) serve(stream, coder_.decode(payload));
    }
  }

  void serve(std::uint32_t stream, const field_list& head) {
    static bool slow_before = false;
    if (refusing_) return;
    last_ = std::max(last_, stream);
    const bool slow =
        std::find(head.begin(), head.end(), std::pair<std::string, std::string>(":path", "/slow")) != head.end();
    if (slow && std::exchange(slow_before, true)) return;
    if (slow) ::poll(nullptr, 0, 200);
    write(frame_of(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, coder_.encode({{":status", "200"}})) +
          frame_of(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, stream, "hello\n"));
  }

  void write(const std::string& bytes) { ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  unique_fd socket_;
  field_coder coder_;
  std::string input_;
  std::uint32_t last_ = 0;
  bool greeted_ = false, refusing_ = false;
};

}  // namespace

void serve_http2_carelessly(int listener, careless_stop how) {
  // With success, as if it had stopped well.
  ::signal(SIGTERM, how == careless_stop::at_once ? [](int) { ::_exit(0); } : [](int) { stop_begun = true; });
  std::list<careless_connection> clients;
  std::optional<deadline> least, end;
  // Until its clients have gone: who still is there when it exits loses what has not been read, GOAWAY as well.
  while (!end || !(end->passed() || (clients.empty() && least->passed()))) {
    std::vector<pollfd> sockets{{listener, POLLIN, 0}};
    for (const auto& each : clients) sockets.push_back({each.handle(), POLLIN, 0});
    ::poll(sockets.data(), sockets.size(), 10);
    if (stop_begun && !end) {
      least.emplace(500ms);
      end.emplace(3s);
      for (auto& each : clients) each.refuse_more();
    }
    auto at = clients.begin();
    for (std::size_t i = 1; i < sockets.size(); ++i)
      at = sockets[i].revents != 0 && !at->read() ? clients.erase(at) : std::next(at);
    if (sockets[0].revents == 0) continue;
    clients.emplace_back(unique_fd(::accept(listener, nullptr, nullptr)));
    if (end) clients.back().refuse_more();
  }
  ::_exit(0);
}

}  // namespace sundown::test
