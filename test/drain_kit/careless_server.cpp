#include "drain_kit/careless_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
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

[[noreturn]] void run(int listener) {
  for (;;) {
    unique_fd peer(::accept(listener, nullptr, nullptr));
    if (peer) std::thread(serve, std::move(peer)).detach();
  }
}

}  // namespace

careless_server::careless_server() {
  unique_fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* address = reinterpret_cast<sockaddr*>(&at);
  if (::bind(listener.get(), address, size) != 0 || ::listen(listener.get(), 128) != 0 ||
      ::getsockname(listener.get(), address, &size) != 0)
    throw std::system_error(errno, std::generic_category(), "careless server");
  where_ = {"127.0.0.1", ntohs(at.sin_port)};
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // At once and with success, as if it had stopped well.
  ::signal(SIGTERM, [](int) { ::_exit(0); });
  run(listener.get());
}

careless_server::~careless_server() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

}  // namespace sundown::test
