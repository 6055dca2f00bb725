#include "http/listening_sockets.hpp"

#include <sundown/error.hpp>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>

namespace sundown::http::detail {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

/// Which of the sockets that share one address (SO_REUSEPORT, one accept queue per worker) is opened.
enum class listening_order { first, further };

[[noreturn]] void refuse(const listener_keys& keys, const tcp::endpoint& at, const char* what, const error_code& ec) {
  const auto& [address, port] = keys;
  std::string advice;
  if (ec == asio::error::address_in_use) {
    advice = ": another process listens there; end it or set another " + port + " (0 = any free one)";
  } else if (ec == asio::error::access_denied) {
    advice = ": a port below 1024 needs the capability net_bind_service; set a higher " + port;
  } else if (ec == boost::system::errc::address_not_available) {
    advice = ": this host has no such address; set " + address + " to one of its own, or to 0.0.0.0 for all";
  } else {
    advice = " (" + address + ", " + port + ")";
  }
  throw startup_error("cannot " + std::string(what) + " " + at.address().to_string() + ":" + std::to_string(at.port()) +
                      ": " + ec.message() + advice);
}

/// The first socket is bound without SO_REUSEPORT, so that an address which another process of ours uses is refused
/// instead of silently shared.
worker_acceptor listen(const listener_keys& keys, worker_executor where, const tcp::endpoint& at, int backlog,
                       listening_order order) {
  worker_acceptor acceptor(where);
  error_code ec;
  acceptor.open(at.protocol(), ec);
  if (ec) refuse(keys, at, "open a socket for", ec);
  ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  // Inherited by every accepted socket (tcp(7)): without it pipelined answers wait for the peer's delayed ACK.
  acceptor.set_option(tcp::no_delay(true), ec);
  if (order == listening_order::further) acceptor.set_option(reuse_port(true), ec);
  acceptor.bind(at, ec);
  if (ec) refuse(keys, at, "bind", ec);
  if (order == listening_order::first) acceptor.set_option(reuse_port(true), ec);
  acceptor.listen(backlog, ec);
  if (ec) refuse(keys, at, "listen on", ec);
  acceptor.non_blocking(true, ec);
  return acceptor;
}

[[noreturn]] void refuse(int socket, const std::string& why) {
  throw startup_error("file descriptor " + std::to_string(socket) + ", handed over as a listening socket, " + why +
                      ": it must be a listening TCP socket (in a systemd socket unit: ListenStream= with a port)");
}

int option(int socket, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket, SOL_SOCKET, name, &value, &size) != 0) {
    refuse(socket, errno == EBADF ? "is not open" : "is no socket");
  }
  return value;
}

tcp::endpoint address_of(int socket) {
  const auto domain = option(socket, SO_DOMAIN);
  if (domain != AF_INET && domain != AF_INET6) refuse(socket, "is no internet socket");
  if (option(socket, SO_PROTOCOL) != IPPROTO_TCP) refuse(socket, "is no TCP socket");
  if (option(socket, SO_ACCEPTCONN) == 0) refuse(socket, "does not listen");
  tcp::endpoint at;
  auto size = static_cast<socklen_t>(at.capacity());
  if (::getsockname(socket, at.data(), &size) != 0) refuse(socket, "has no address");
  at.resize(size);
  return at;
}

int duplicate(int socket) {
  const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (copy < 0)
    throw startup_error("cannot share a listening socket between workers: " +
                        error_code(errno, boost::system::system_category()).message());
  return copy;
}

worker_acceptor adopt(worker_executor where, int socket, const tcp::endpoint& at) {
  worker_acceptor acceptor(where);
  error_code ec;
  acceptor.assign(at.protocol(), socket, ec);
  if (ec) refuse(socket, "cannot be used (" + ec.message() + ")");
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  acceptor.set_option(tcp::no_delay(true), ec);  // as listen() does
  acceptor.non_blocking(true, ec);
  return acceptor;
}

}  // namespace

listening_sockets open_sockets(const listener_keys& keys, const std::vector<asio::io_context*>& workers,
                               tcp::endpoint at, int backlog) {
  listening_sockets all;
  for (auto* context : workers) {
    const auto order = context == workers.front() ? listening_order::first : listening_order::further;
    auto acceptor = listen(keys, context->get_executor(), at, backlog, order);
    at = acceptor.local_endpoint();  // port 0 is chosen once, by the first
    all.sockets.push_back(acceptor.native_handle());
    all.by_worker.emplace_back().push_back(std::move(acceptor));
  }
  all.first = at;
  return all;
}

listening_sockets adopt_sockets(const std::vector<asio::io_context*>& workers, const std::vector<int>& sockets) {
  listening_sockets all;
  all.sockets = sockets;
  all.first = address_of(sockets.front());
  all.by_worker.resize(workers.size());
  std::map<tcp::endpoint, std::vector<int>> by_address;
  for (const int socket : sockets) by_address[address_of(socket)].push_back(socket);
  for (const auto& [at, group] : by_address) {
    for (std::size_t i = 0; i < std::max(group.size(), workers.size()); ++i) {
      const int socket = group[i % group.size()];
      auto& acceptors = all.by_worker[i % workers.size()];
      acceptors.push_back(
          adopt(workers[i % workers.size()]->get_executor(), i < group.size() ? socket : duplicate(socket), at));
    }
  }
  return all;
}

}  // namespace sundown::http::detail
