#include "http/transport.hpp"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <optional>

namespace sundown::http::detail {

namespace {

/// The peer even of a connection that it has reset, which getpeername(2) does not know any more. SO_PEERNAME refuses a
/// buffer that is larger than the address: the smaller one comes first, and tells the family.
std::optional<asio::ip::tcp::endpoint> peer_of(int socket) {
  asio::ip::tcp::endpoint peer;
  socklen_t size = sizeof(sockaddr_in);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERNAME, peer.data(), &size) != 0) return std::nullopt;
  if (peer.data()->sa_family == AF_INET) return peer;
  size = sizeof(sockaddr_in6);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERNAME, peer.data(), &size) != 0) return std::nullopt;
  return peer;
}

}  // namespace

std::size_t transport::unacknowledged() noexcept {
  int bytes = 0;  // tcp(7): SIOCOUTQ
  return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

bool transport::is_reset() noexcept {
  pollfd look{socket_.native_handle(), 0, 0};
  if (::poll(&look, 1, 0) <= 0) return false;  // neither POLLERR nor POLLHUP, which an end in order may bring as well
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(look.fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_CLOSE;
}

std::string transport::peer_address() {
  const auto peer = peer_of(socket_.native_handle());
  return peer ? peer->address().to_string() : "unknown";
}

bool transport::half_close() noexcept {
  error_code ec;
  socket_.shutdown(worker_socket::shutdown_send, ec);
  return !ec;
}

void transport::close() noexcept {
  error_code ignored;
  socket_.close(ignored);
}

void transport::reset() noexcept {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace sundown::http::detail
