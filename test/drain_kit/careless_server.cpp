#include "drain_kit/careless_server.hpp"

#include "support/testing.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;

/// Reads requests, which are taken to have no body, and answers one after the other; "/slow" the first time after 0.2 s
/// (the kit tries it out), later after a minute: then it is under way at the signal however slow the machine is.
void serve(unique_fd peer) {
  static std::atomic<int> asked_slow{0};
  const int yes = 1;
  ::setsockopt(peer.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  std::string input;
  for (char piece[4096];;) {
    const auto n = ::recv(peer.get(), piece, sizeof piece, 0);
    if (n <= 0) return;
    input.append(piece, static_cast<std::size_t>(n));
    for (auto end = input.find("\r\n\r\n"); end != std::string::npos; end = input.find("\r\n\r\n")) {
      if (input.starts_with("GET /slow")) std::this_thread::sleep_for(asked_slow++ == 0 ? 200ms : 60s);
      input.erase(0, end + 4);
      constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
      if (::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
    }
  }
}

void serve_once(unique_fd peer) {
  std::string input;
  for (char piece[4096]; input.find("\r\n\r\n") == std::string::npos;) {
    const auto n = ::recv(peer.get(), piece, sizeof piece, 0);
    if (n <= 0) return;
    input.append(piece, static_cast<std::size_t>(n));
  }
  constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nhello\n";
  if (::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
  // What the client has sent behind it would make a reset of the end.
  ::shutdown(peer.get(), SHUT_WR);
  for (char piece[4096]; ::recv(peer.get(), piece, sizeof piece, 0) > 0;) continue;
}

[[noreturn]] void accept_all(int listener, void (*serve_one)(unique_fd)) {
  // At once and with success, as if it had stopped well.
  ::signal(SIGTERM, [](int) { ::_exit(0); });
  for (;;) {
    unique_fd peer(::accept(listener, nullptr, nullptr));
    if (peer) std::thread(serve_one, std::move(peer)).detach();
  }
}

}  // namespace

void serve_carelessly(int listener) { accept_all(listener, serve); }

void serve_once_carelessly(int listener) { accept_all(listener, serve_once); }

}  // namespace sundown::test
