#pragma once

#include "http/listener.hpp"

#include <boost/asio/io_context.hpp>

#include <string>
#include <vector>

namespace sundown::http::detail {

/// Which worker accepts from which socket.
struct listening_sockets {
  std::vector<std::vector<worker_acceptor>> by_worker;
  std::vector<int> sockets;       ///< each once, whoever accepts from it; owned by the acceptors
  asio::ip::tcp::endpoint first;  ///< the address of the first one
};

/// The keys of the configuration that say where a listener is: "http.address", "http.tls.port".
struct listener_keys {
  std::string address, port;
};

/// One socket for each worker, so that each has an accept queue of its own. Throws startup_error, which names the keys.
listening_sockets open_sockets(const listener_keys& keys, const std::vector<asio::io_context*>& workers,
                               asio::ip::tcp::endpoint at, int backlog);

/// Sockets that were opened elsewhere. On each address every worker accepts: if there are fewer sockets than workers,
/// they share them; if there are more, a worker has several, since each must be accepted from by somebody.
/// Throws startup_error if one is no listening TCP socket.
listening_sockets adopt_sockets(const std::vector<asio::io_context*>& workers, const std::vector<int>& sockets);

}  // namespace sundown::http::detail
