#include "http/listening_sockets.hpp"

#include <sundown/error.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <map>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

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
                      ": it must be a listening socket of TCP or AF_UNIX (in a systemd socket unit: ListenStream= with "
                      "a port or a path)");
}

int option(int socket, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket, SOL_SOCKET, name, &value, &size) != 0) {
    refuse(socket, errno == EBADF ? "is not open" : "is no socket");
  }
  return value;
}

listening_address unix_address_of(int socket) {
  if (option(socket, SO_TYPE) != SOCK_STREAM) refuse(socket, "is no stream socket");
  if (option(socket, SO_ACCEPTCONN) == 0) refuse(socket, "does not listen");
  sockaddr_un at{};
  socklen_t size = sizeof at;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size) != 0) refuse(socket, "has no address");
  if (size <= offsetof(sockaddr_un, sun_path) || at.sun_path[0] != '/')
    refuse(socket, "has no path in the file system");
  return {{}, std::string(at.sun_path, ::strnlen(at.sun_path, sizeof at.sun_path))};
}

listening_address address_of(int socket) {
  const auto domain = option(socket, SO_DOMAIN);
  if (domain == AF_UNIX) return unix_address_of(socket);
  if (domain != AF_INET && domain != AF_INET6) refuse(socket, "is neither an internet socket nor one of AF_UNIX");
  if (option(socket, SO_PROTOCOL) != IPPROTO_TCP) refuse(socket, "is no TCP socket");
  if (option(socket, SO_ACCEPTCONN) == 0) refuse(socket, "does not listen");
  listening_address at;
  auto size = static_cast<socklen_t>(at.tcp.capacity());
  if (::getsockname(socket, at.tcp.data(), &size) != 0) refuse(socket, "has no address");
  at.tcp.resize(size);
  return at;
}

int duplicate(int socket) {
  const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (copy < 0)
    throw startup_error("cannot share a listening socket between workers: " +
                        error_code(errno, boost::system::system_category()).message());
  return copy;
}

/// To Asio a socket of AF_UNIX is one of TCP: it waits for both alike, and all else is done by their descriptors.
worker_acceptor adopt(worker_executor where, int socket, const listening_address& at) {
  worker_acceptor acceptor(where);
  error_code ec;
  acceptor.assign(at.tcp.protocol(), socket, ec);
  if (ec) refuse(socket, "cannot be used (" + ec.message() + ")");
  ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  acceptor.set_option(tcp::no_delay(true), ec);  // as listen() does; of TCP alone
  acceptor.non_blocking(true, ec);
  return acceptor;
}

}  // namespace

std::string listening_address::text() const {
  if (!unix_path.empty()) return std::string(unix_peer) + unix_path;
  std::ostringstream text;
  text << tcp;
  return text.str();
}

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
  all.first.tcp = at;
  return all;
}

listening_sockets open_unix_socket(const listener_keys& keys, const std::vector<asio::io_context*>& workers,
                                   const std::string& path, const std::string& mode, int backlog) {
  return adopt_sockets(workers, {listen_on_unix(keys.address, path, mode, backlog)});
}

listening_sockets adopt_sockets(const std::vector<asio::io_context*>& workers, const std::vector<int>& sockets) {
  listening_sockets all;
  all.sockets = sockets;
  all.first = address_of(sockets.front());
  all.by_worker.resize(workers.size());
  std::map<listening_address, std::vector<int>> by_address;
  for (const int socket : sockets) by_address[address_of(socket)].push_back(socket);
  for (const auto& [at, group] : by_address) {
    if (!at.unix_path.empty()) all.files.emplace_back(at.unix_path);
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
