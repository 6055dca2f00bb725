#pragma once

#include <sundown/config.hpp>
#include <sundown/http/figures.hpp>
#include <sundown/http/router.hpp>
#include <sundown/stop/drainable.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sundown::trace {
class tracer;
}  // namespace sundown::trace

namespace sundown::http {

class encryption;
class http2_provider;

/// Serves a router on one address, in the clear (`plain`; also on a unix socket), by TLS, or both on a port each, with
/// an acceptor for each, one session registry and one thread's io_context per worker.
///
/// A connection stays on the worker that accepted it: no strands and no locks on the path of a request. The stop goes
/// through stop::drainable; what it does to each connection is in docs/drain.md.
/// Errors: the constructor throws startup_error (address in use, no permission) with what to do.
/// Thread safety: constructor, start() and destructor on the thread that owns it; the drainable part as its header
/// says. Lifetime: the contexts, the router and the config must outlive it; it must outlive the contexts' run.
class server final : public stop::drainable {
 public:
  /// Which connections are ended for new clients at a limit: http.max_connections, descriptors, memory.
  enum class yielding : std::uint8_t {
    nobody,  ///< clients wait until a connection ends by itself
    idle,    ///< between requests, the longest idle first; where all are in one, answers end their connections
    anybody  ///< then whoever dawdles in a request or over an answer: for probes, which must not wait for clients
  };

  struct options {
    options() = default;
    options(std::string its_name, bool logs_access = true, std::vector<int> handed_over = {}, std::size_t spare = 0)
        : name(std::move(its_name)),
          access_log(logs_access),
          sockets(std::move(handed_over)),
          spare_descriptors(spare) {}

    std::string name = "http";
    bool access_log = true;
    /// Listening sockets that were handed over (socket activation, an upgrade in place). If there are any, they are
    /// used instead of the configured address, and belong to the server from then on.
    std::vector<int> sockets = {};
    /// The same for the listener of TLS.
    std::vector<int> tls_sockets = {};
    /// What a listener on the port `tls_port` encrypts with; without it there is no such listener.
    std::shared_ptr<const encryption> tls = {};
    std::string tls_port_key = "http.tls.port";  ///< the key of the configuration that has its port
    /// File descriptors that connections leave to the rest of the process, at most a quarter of RLIMIT_NOFILE and half
    /// of those that are free at the start: near the limit accepting pauses until connections end. 0 uses the last one.
    std::size_t spare_descriptors = 0;
    yielding yields = yielding::nobody;
    /// Speaks HTTP/2: by TLS where ALPN has chosen it, in the clear with clients that begin with its preface, if
    /// http.h2c is on. nullptr: nobody does, and `tls` must not offer it.
    const http2_provider* http2 = nullptr;
    /// Begins a span for each request. nullptr: there are none. It must outlive the contexts' run.
    const trace::tracer* traces = nullptr;
    /// A listening socket is lost: it accepts nobody any more, and only a restart helps. On a worker's thread.
    std::function<void(std::string why)> on_failure = [](const std::string&) {};
  };

  /// Binds and listens, unless it was handed its sockets; nothing is accepted before start().
  server(std::vector<asio::io_context*> workers, const router& routes, const http_config& config,
         const stop::budget& clock, options how);
  ~server() override;

  /// Starts to accept.
  void start();
  /// Access lines on or off, for a reload. Any thread.
  void set_access_log(bool enabled);
  /// Of the listener in the clear; without one of that of TLS. 0.0.0.0:0 for a unix socket.
  asio::ip::tcp::endpoint local_endpoint() const;
  /// Of the listener of TLS, if there is one.
  std::optional<asio::ip::tcp::endpoint> tls_endpoint() const;
  /// "127.0.0.1:8080", "unix:/run/orders.sock", of the listener in the clear and of that of TLS; "" without one.
  std::string address() const;
  std::string tls_address() const;
  /// Nobody but this machine can connect: by loopback, or by a file.
  bool is_on_this_machine() const;
  /// The sockets that the server listens on, in the clear and by TLS, to hand them over. Valid until close_listeners().
  const std::vector<int>& listening_sockets() const;
  const std::vector<int>& tls_listening_sockets() const;
  /// Whether another process has the sockets open too. If so, close_listeners() closes our descriptors and nothing
  /// else: the other process serves the clients in the queue. Any thread.
  void share_listeners(bool shared);
  void share_tls_listeners(bool shared);

  void announce() override;
  clock::time_point last_accepted() const noexcept override;
  asio::awaitable<void> close_listeners() override;
  asio::awaitable<stop::drain_summary> drain(const stop::budget& clock) override;
  void abort(std::string why) override;
  stop::server_activity activity() const override;
  /// What the server has done since the start. Any thread.
  server_figures figures() const;

  /// For a server that is not drained but closed with the resources (the admin listener): closes the listeners, ends
  /// idle connections, gives new ones and running requests a moment, aborts the rest.
  asio::awaitable<void> close();

 private:
  std::vector<stop::cut_work> in_flight() const;
  std::vector<stop::cut_work> longest_requests() const;

  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace sundown::http
