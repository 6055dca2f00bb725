#pragma once

#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <system_error>
#include <thread>

namespace careless {

/// A listener that can be closed without a loss: nobody new gets into its queue, and who is in it is served.
class listener {
 public:
  listener(std::uint16_t port, bool reuse) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int on = reuse ? 1 : 0;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(port);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || ::listen(socket_, 4096) != 0)
      throw std::system_error(errno, std::generic_category(), "listen");
  }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// The next connection; 0 once the event is there.
  int accept(int event) const {
    for (;;) {
      pollfd both[] = {{socket_, POLLIN, 0}, {event, POLLIN, 0}};
      ::poll(both, 2, -1);
      if (both[1].revents != 0) return 0;
      if (const int socket = accept_waiting(); socket > 0) return socket;
    }
  }
  /// The next connection until then; 0 if there is none.
  int accept_until(std::chrono::steady_clock::time_point end) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd one{socket_, POLLIN, 0};
    return left.count() > 0 && ::poll(&one, 1, static_cast<int>(left.count())) > 0 ? accept_waiting() : 0;
  }
  /// The next one that is in the queue; 0 if none is.
  int accept_waiting() const {
    pollfd one{socket_, POLLIN, 0};
    return ::poll(&one, 1, 0) > 0 ? ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC) : 0;
  }
  /// Drops segments with SYN and without ACK, and gives the handshakes under way a moment.
  void let_nobody_in() const {
    constexpr std::uint32_t flags_at = 13, syn = 2, syn_and_ack = 0x12;
    sock_filter program[] = {BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_at),
                             BPF_STMT(BPF_ALU | BPF_AND | BPF_K, syn_and_ack),
                             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syn, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0),
                             BPF_STMT(BPF_RET | BPF_K, 0xffffffff)};
    const sock_fprog filter{5, program};
    ::setsockopt(socket_, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  void close() const { ::close(socket_); }

 private:
  const int socket_;
};

}  // namespace careless
