#include "http/transport.hpp"

#include "base/seldom.hpp"
#include "http/unix_socket.hpp"

#include <sundown/log.hpp>

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace sundown::http::detail {

namespace {

/// The peer even of a connection that it has reset, which getpeername(2) does not know any more. SO_PEERNAME refuses a
/// buffer that is larger than the address: the smaller one comes first, and tells the family. What stands in for a
/// kernel may not have it (qemu's user mode).
std::optional<asio::ip::tcp::endpoint> peer_of(int socket) {
  asio::ip::tcp::endpoint peer;
  socklen_t size = sizeof(sockaddr_in);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERNAME, peer.data(), &size) != 0) {
    if (errno != EOPNOTSUPP && errno != ENOPROTOOPT) return std::nullopt;
    size = static_cast<socklen_t>(peer.capacity());
    if (::getpeername(socket, peer.data(), &size) != 0) return std::nullopt;
    return peer;
  }
  if (peer.data()->sa_family == AF_INET) return peer;
  size = sizeof(sockaddr_in6);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERNAME, peer.data(), &size) != 0) return std::nullopt;
  return peer;
}

/// Of a call that failed.
transport::progress failed() noexcept {
  const bool blocked = errno == EAGAIN || errno == EWOULDBLOCK;
  return {0, blocked ? transport::status::blocked : transport::status::broken};
}

/// What TLS carries in one record (RFC 8446 §5.1).
constexpr std::size_t record_size = 16 << 10;

}  // namespace

transport::progress transport::receive(asio::mutable_buffer into, int flags) noexcept {
  if (into.size() == 0) return {0, status::done};
  for (;;) {
    const auto got = ::recv(fd_, into.data(), into.size(), flags);
    if (got > 0) return {static_cast<std::size_t>(got), status::done};
    if (got == 0) return {0, status::ended};
    if (errno != EINTR) return failed();
  }
}

transport::progress transport::send(const buffer_list& from) noexcept {
  std::array<iovec, most_pieces> parts;
  for (std::size_t i = 0; i < from.count; ++i)
    parts[i] = {const_cast<void*>(from.all[i].data()), from.all[i].size()};  // sendmsg(2) only reads there
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = from.count;
  for (;;) {
    const auto sent = from.count == 1 ? ::send(fd_, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL)
                                      : ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent >= 0) return {static_cast<std::size_t>(sent), status::done};
    if (errno != EINTR) return failed();
  }
}

transport::progress transport::read_decrypted(asio::mutable_buffer into) noexcept {
  const auto got = tls_->read(into.data(), into.size());
  return {got.bytes, status_of(got.how)};
}

transport::progress transport::write_encrypted(buffer_list from) noexcept {
  // A record for each buffer would cost a write(2) each: small ones are put together. After a wait the same bytes come
  // again, and are cut the same way.
  static thread_local std::array<char, record_size> together;
  progress sum{0, status::done};
  for (std::size_t first = 0; first < from.count && sum.how == status::done;) {
    asio::const_buffer record = from.all[first];
    if (record.size() < record_size && first + 1 < from.count) {
      const auto rest = asio::buffer(together);
      std::size_t filled = 0;
      for (auto i = first; i < from.count && filled < record_size; ++i)
        filled += asio::buffer_copy(rest + filled, from.all[i]);
      record = asio::buffer(together.data(), filled);
    }
    const auto sent = tls_->write(record.data(), record.size());
    sum.bytes += sent.bytes;
    sum.how = status_of(sent.how);
    auto left = sent.bytes;
    while (first < from.count && left >= from.all[first].size()) left -= from.all[first++].size();
    if (first < from.count) from.all[first] += left;
  }
  return sum;
}

std::size_t transport::unacknowledged() noexcept {
  int bytes = 0;  // tcp(7): SIOCOUTQ
  return ::ioctl(fd_, SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

std::size_t transport::available() const noexcept {
  int bytes = 0;
  const bool known = ::ioctl(fd_, FIONREAD, &bytes) == 0;
  return (known ? static_cast<std::size_t>(bytes) : 0) + (holds_input() ? 1 : 0);
}

std::size_t transport::undelivered() noexcept {
  const auto bytes = unacknowledged();
  return bytes == 0 || is_unix(fd_) ? 0 : bytes;
}

bool transport::is_reset() noexcept {
  pollfd look{fd_, 0, 0};
  if (::poll(&look, 1, 0) <= 0) return false;  // neither POLLERR nor POLLHUP, which an end in order may bring as well
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(look.fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) return info.tcpi_state == TCP_CLOSE;
  // A unix socket: a peer that has only ended what it sends is no POLLHUP.
  return (look.revents & (POLLHUP | POLLERR)) != 0;
}

std::string transport::peer_address() {
  const auto peer = peer_of(fd_);
  if (!peer || peer->data()->sa_family == AF_UNIX) return is_unix(fd_) ? std::string(unix_peer) : "unknown";
  const auto address = peer->address();
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  return mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string() : address.to_string();
}

bool transport::refuse_input() noexcept { return is_unix(fd_) && ::shutdown(fd_, SHUT_RD) == 0; }

bool transport::half_close() noexcept { return ::shutdown(fd_, SHUT_WR) == 0; }

void transport::close() noexcept {
  const int fd = std::exchange(fd_, -1);
  error_code ignored;
  if (socket_.is_open())
    socket_.close(ignored);
  else if (fd >= 0)
    ::close(fd);
}

void transport::reset() noexcept {
  const ::linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void transport::tell_asio() {
  if (fd_ < 0) return;
  error_code failed;
  socket_.assign(asio::ip::tcp::v4(), fd_, failed);  // of whichever family: nothing goes by it
  if (!failed) return;
  static thread_local base::seldom complaints(std::chrono::seconds(10));
  if (complaints.due()) log::warn("a connection ends: no wait for its socket", {{"error", failed.message()}});
}

}  // namespace sundown::http::detail
