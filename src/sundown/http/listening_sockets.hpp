#pragma once

#include "http/listener.hpp"
#include "http/unix_socket.hpp"

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

namespace sundown::http::detail {

/// Where a socket listens: by TCP, or on a file.
struct listening_address {
  asio::ip::tcp::endpoint tcp = {};
  std::string unix_path = {};  ///< empty: by TCP

  /// "127.0.0.1:8080", "unix:/run/orders.sock".
  std::string text() const;
  bool operator<(const listening_address& other) const {
    return unix_path != other.unix_path ? unix_path < other.unix_path : tcp < other.tcp;
  }
};

/// Which worker accepts from which socket.
struct listening_sockets {
  std::vector<std::vector<worker_acceptor>> by_worker;
  std::vector<int> sockets;        ///< each once, whoever accepts from it; owned by the acceptors
  listening_address first;         ///< the address of the first one
  std::vector<socket_file> files;  ///< of unix sockets
};

/// The keys of the configuration that say where a listener is: "http.address", "http.tls.port".
struct listener_keys {
  std::string address, port;
};

/// One socket for each worker, so that each has an accept queue of its own. Throws startup_error, which names the keys.
listening_sockets open_sockets(const listener_keys& keys, const std::vector<asio::io_context*>& workers,
                               asio::ip::tcp::endpoint at, int backlog);

/// One socket of AF_UNIX for all workers, who share its accept queue. Throws startup_error.
listening_sockets open_unix_socket(const listener_keys& keys, const std::vector<asio::io_context*>& workers,
                                   const std::string& path, const std::string& mode, int backlog);

/// Sockets that were opened elsewhere. On each address every worker accepts: if there are fewer sockets than workers,
/// they share them; if there are more, a worker has several, since each must be accepted from by somebody.
/// Throws startup_error if one is no listening socket of TCP or AF_UNIX.
listening_sockets adopt_sockets(const std::vector<asio::io_context*>& workers, const std::vector<int>& sockets);

}  // namespace sundown::http::detail
