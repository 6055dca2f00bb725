#pragma once

#include <sundown/log.hpp>
#include <sundown/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The configuration as plain values. Every key, its default, unit and reason stand in config/service.toml; the names
/// here are the keys. Loading (file, environment, "did you mean") is in src/sundown/config.
namespace sundown {

/// TLS of a listener. Files are PEM, and are read again when they change.
struct tls_config {
  tls_config() = default;

  std::string certificate;          ///< the file of the server's certificate, then of those that lead to its root
  std::string key;                  ///< the file of its private key
  std::string key_password;         ///< secret; of an encrypted key
  std::string minimum = "1.2";      ///< or "1.3"
  std::string client_ca;            ///< the file of the authorities whose clients are let in
  std::string client_auth = "off";  ///< "request": a client may have a certificate; "require": must have one

  bool enabled() const { return !certificate.empty(); }
};

struct http_config {
  http_config() = default;

  std::string address = "127.0.0.1";    ///< or "unix:/run/orders.sock", which has no port
  std::uint16_t port = 8080;            ///< 0: any free port; the bound one is in the ready line
  std::string socket_mode = "0660";     ///< octal, of the file of a unix socket
  bool plain = true;                    ///< false: only the listener of TLS
  unsigned workers = 0;                 ///< 0: as many as cores may be used, by affinity and the cgroup's quota
  int backlog = 4096;                   ///< accept queue; the kernel caps it at net.core.somaxconn
  bool h2c = true;                      ///< HTTP/2 in the clear, where the program speaks it (http2.hpp)
  bool h2 = true;                       ///< HTTP/2 by TLS, the same
  std::size_t max_streams = 100;        ///< HTTP/2: requests of a connection at a time
  std::size_t max_connections = 0;      ///< then idle ones end for new clients; 0: as file descriptors allow
  std::size_t max_requests = 0;         ///< under way at a time; over it they wait; 0: no limit
  std::size_t queue = 128;              ///< requests that wait, of each group with a limit; over it 503
  milliseconds queue_wait{50};          ///< of a request in the queue; then 503
  std::size_t header_limit = 8 << 10;   ///< request line and fields; 414 or 431 over it
  std::size_t body_limit = 1 << 20;     ///< 413 over it; streamed routes set their own
  milliseconds header_timeout{10'000};  ///< from the first byte of a request to the end of its fields; then 408
  milliseconds idle_timeout{60'000};    ///< between requests; then the connection is closed
  std::size_t body_rate = 1 << 10;      ///< bytes per second a request body must keep up after body_grace; then 408
  milliseconds body_grace{10'000};
  milliseconds stall_limit{30'000};      ///< a peer that takes no byte of its answer for so long is aborted
  milliseconds linger{2'000};            ///< reading and discarding after the last answer, for the peer's FIN
  milliseconds request_timeout{30'000};  ///< for guards and handler, until the answer's head; then 503; 0: none
  bool cancel_when_gone = true;          ///< whether the handler of a client that has gone is cancelled
  bool client_timeout = false;           ///< whether a client may shorten it, by Request-Timeout
  struct {
    unsigned requests = 0;  ///< per client address and window; 429 over it; 0: no limit
    milliseconds window{1'000};
  } rate_limit;
  std::vector<std::string> trusted_proxies;  ///< networks whose word on a client's address counts; none: nobody's
  std::string forwarded = "either";          ///< which of their fields: or "forwarded", or "x-forwarded"
  std::string proxy_protocol = "off";        ///< "require": connections begin with its header
  tls_config tls;                            ///< a second listener, beside the one in the clear
  std::uint16_t tls_port = 8443;             ///< tls.port
};

struct admin_config {
  admin_config() = default;

  std::string address = "127.0.0.1";  ///< or "unix:/run/orders-admin.sock"
  std::uint16_t port = 8081;
  std::string socket_mode = "0600";  ///< octal, of the file of a unix socket: who may open it needs no token
  std::size_t max_connections = 32;  ///< over it the one that has been idle for longest is closed for the new one
  std::string token;                 ///< secret; bearer token of protected calls
  std::string token_file;            ///< the file of the token where none is set; made at the start if it isn't there
  std::string protect = "changes";   ///< what asks for the token: or "all", which leaves only probes open
  std::vector<std::string> hosts;    ///< names that Host may have beside addresses and localhost; "*": any
  tls_config tls;                    ///< instead of the clear
};

/// The stop's plan. `total` is the promise; what is not set is carved from it (stop/budget), so that changing
/// only the total always gives a plan that fits. What is set is taken as it is, and a plan that doesn't fit refuses to
/// start.
struct shutdown_config {
  milliseconds total{8'000};
  struct {
    milliseconds min{0};
    milliseconds max{0};
  } ready_delay;                                ///< readiness off, still accepting
  std::optional<milliseconds> idle_grace;       ///< 500 ms: one more request on an idle connection
  std::optional<milliseconds> header_grace;     ///< 2 s: for the rest of a request's head, then 408
  std::optional<milliseconds> stall_limit;      ///< 3 s: a peer that reads nothing is aborted
  std::optional<milliseconds> stream_grace;     ///< 1 s: streams end after the soft token
  std::optional<milliseconds> websocket_grace;  ///< 1 s: for the peer's close frame
  std::optional<milliseconds> hard_cancel;      ///< 4.5 s: handlers are cancelled, 503 where no head was written
  std::optional<milliseconds> drain;            ///< 5.5 s: sessions still open are aborted, by name
  std::optional<milliseconds> background;       ///< 1 s: tracked tasks
  std::optional<milliseconds> closers;  ///< 1 s: all closers together; each gets half of what is left, the last all
};

/// Threads for calls that block, such as those of a database.
struct blocking_config {
  unsigned threads = 4;
  std::size_t queue = 1024;  ///< calls waiting for a thread; over it: 503
};

struct upgrade_config {
  milliseconds timeout{10'000};  ///< for the new process to become ready after SIGUSR2; then it is killed
};

struct config {
  config() = default;

  http_config http;
  admin_config admin;
  shutdown_config shutdown;
  blocking_config blocking;  ///< storage.blocking
  log::options log;
  upgrade_config upgrade;
};

}  // namespace sundown
