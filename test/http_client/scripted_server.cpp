#include "http_client/scripted_server.hpp"

#include "support/testing.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace sundown::test {

namespace {

bool wait_for(int fd, short events) {
  pollfd waits{fd, events, 0};
  return ::poll(&waits, 1, static_cast<int>(ample.count())) == 1;
}

std::size_t content_length(std::string head) {
  std::ranges::transform(head, head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto at = head.find("content-length: ");
  return at == head.npos ? 0 : std::stoul(head.substr(at + 16));
}

}  // namespace

std::string peer::read_request() {
  for (;;) {
    const auto end = in_.find("\r\n\r\n");
    if (end != in_.npos) {
      const auto size = end + 4 + content_length(in_.substr(0, end));
      if (in_.size() >= size) {
        auto request = in_.substr(0, size);
        in_.erase(0, size);
        return request;
      }
    }
    char buffer[64 << 10];
    if (!wait_for(fd_.get(), POLLIN)) return {};
    const auto got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (got <= 0) return {};
    in_.append(buffer, static_cast<std::size_t>(got));
  }
}

bool peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(fd_.get(), POLLOUT)) return false;
    const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void peer::wait_end() {
  while (!read_request().empty()) {
  }
}

void peer::half_close() {
  ::shutdown(fd_.get(), SHUT_WR);
  eventually(ample, [this] {
    tcp_info now{};
    socklen_t size = sizeof now;
    return ::getsockopt(fd_.get(), IPPROTO_TCP, TCP_INFO, &now, &size) != 0 || now.tcpi_state != TCP_FIN_WAIT1;
  });
}

void peer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
}

scripted_server::scripted_server(script serve)
    : serve_(std::move(serve)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* const address = reinterpret_cast<sockaddr*>(&where);
  if (::bind(listener_.get(), address, size) != 0 || ::listen(listener_.get(), 1024) != 0 ||
      ::getsockname(listener_.get(), address, &size) != 0) {
    throw std::runtime_error("listen");
  }
  port_ = ntohs(where.sin_port);
  acceptor_ = std::thread([this] { accept(); });
}

scripted_server::~scripted_server() {
  over_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (auto& each : members_) each.join();
}

void scripted_server::accept() {
  for (;;) {
    sundown::testing::unique_fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (over_ || !fd) return;
    const int number = connections_++;
    members_.emplace_back([this, number, held = std::make_shared<peer>(std::move(fd))] { serve_(*held, number); });
  }
}

}  // namespace sundown::test
