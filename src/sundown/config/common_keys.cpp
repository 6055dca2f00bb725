#include "config/key_table.hpp"
#include "config/text_rules.hpp"

#include <array>
#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::configuration {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t million = 1'000'000, mib = 1 << 20, gib = 1 << 30;

using ready_delay = decltype(shutdown_config::ready_delay);
using rate_limit = decltype(http_config::rate_limit);

keys<tls_config> tls_keys() {
  keys<tls_config> tls("tls");
  tls.text(&tls_config::certificate, "certificate",
           "PEM file of the certificate and its chain; without one there is no TLS")
      .reloadable()
      .text(&tls_config::key, "key", "PEM file of the certificate's private key")
      .reloadable()
      .secret(&tls_config::key_password, "key_password", "Of a key that is encrypted")
      .reloadable()
      .choice(&tls_config::minimum, "minimum", {"1.2", "1.3"}, "The least version of TLS")
      .reloadable()
      .text(&tls_config::client_ca, "client_ca", "PEM file of the authorities that clients' certificates come from")
      .reloadable()
      .choice(&tls_config::client_auth, "client_auth", {"off", "request", "require"},
              "Whether clients may have a certificate, or must")
      .reloadable();
  return tls;
}

keys<http_config> http_keys() {
  keys<rate_limit> rate("rate_limit");
  rate.number(&rate_limit::requests, "requests", 0, million,
              "Per client address (of IPv6: /64) and window; over it 429; 0 is no limit")
      .duration(&rate_limit::window, "window", 1ms, 1h, "Begins with a client's first request");

  keys<http_config> http("http");
  http.text(&http_config::address, "address", an_address(), "Address of the service's listener")
      .number(&http_config::port, "port", 0, 65535, "Its port; 0 takes any free one, named in the ready line")
      .flag(&http_config::plain, "plain", "The listener in the clear; false leaves that of TLS alone")
      .number(&http_config::workers, "workers", 0, 1024,
              "Worker threads; 0 is one per core that the process may use, by its affinity and its cgroup's CPU quota")
      .number(&http_config::backlog, "backlog", 1, 65535,
              "Accept queue of each listener; the kernel caps it at net.core.somaxconn")
      .number(&http_config::max_connections, "max_connections", 0, 10 * million,
              "Accepting pauses at so many; 0 is as many as file descriptors allow, less 64 for all else")
      .flag(&http_config::h2c, "h2c", "HTTP/2 in the clear, where the program speaks HTTP/2")
      .flag(&http_config::h2, "h2", "HTTP/2 by TLS, where the program speaks both")
      .number(&http_config::max_streams, "max_streams", 1, 10'000,
              "HTTP/2: requests of a connection at a time; over it they are refused")
      .size(&http_config::header_limit, "header_limit", 512, mib,
            "Request line and fields together; 414 or 431 over it")
      .size(&http_config::body_limit, "body_limit", 0, 64 * gib, "Request body; 413 over it")
      .duration(&http_config::header_timeout, "header_timeout", 1ms, 1h,
                "From a request's first byte to the end of its fields; then 408")
      .duration(&http_config::idle_timeout, "idle_timeout", 1ms, 24h, "Between requests; then the connection is closed")
      .size(&http_config::body_rate, "body_rate", 0, gib,
            "Per second that a request body must keep up after body_grace; then 408")
      .duration(&http_config::body_grace, "body_grace", 0ms, 1h, "Before body_rate counts")
      .duration(&http_config::stall_limit, "stall_limit", 1ms, 1h,
                "A peer that takes no byte of its answer for so long is aborted")
      .duration(&http_config::linger, "linger", 0ms, 1min,
                "Reading and discarding after the last answer, until the peer closes")
      .duration(&http_config::request_timeout, "request_timeout", 0ms, 24h,
                "For a request's guards and handler, until the head of its answer; then 503; 0s is no limit")
      .flag(&http_config::client_timeout, "client_timeout",
            "Whether a client may shorten it: Request-Timeout, in seconds")
      .flag(&http_config::cancel_when_gone, "cancel_when_gone",
            "Whether a handler is cancelled when its client has gone; routes may have their own");
  http.list(&http_config::trusted_proxies, "trusted_proxies", a_network(),
            "Whose word on a client's address counts: Forwarded, X-Forwarded-*, the PROXY protocol; none: nobody's")
      .choice(&http_config::forwarded, "forwarded", {"either", "forwarded", "x-forwarded"},
              "Which fields trusted proxies set; where both are there, either believes what both say")
      .choice(&http_config::proxy_protocol, "proxy_protocol", {"off", "require"},
              "Connections begin with its header, version 1 or 2; other peers than trusted proxies are refused");
  return http.include(&http_config::rate_limit, rate)
      .include(&http_config::tls, tls_keys())
      .number(&http_config::tls_port, "tls.port", 0, 65535, "Port of the listener of TLS; 0 takes any free one");
}

keys<admin_config> admin_keys() {
  keys<admin_config> admin("admin");
  admin.text(&admin_config::address, "address", an_address(), "Address of the admin listener")
      .number(&admin_config::port, "port", 0, 65535, "Its port; 0 takes any free one")
      .number(&admin_config::max_connections, "max_connections", 1, 65535,
              "Over it the one that has been idle for longest is closed for the new one")
      .secret(&admin_config::token, "token", a_token(),
              "Bearer token of protected calls; without one they are for a listener on loopback alone")
      .text(&admin_config::token_file, "token_file",
            "File of the token where none is set; made with a random one at the start if it isn't there")
      .choice(&admin_config::protect, "protect", {"changes", "all"},
              "What is protected: changing calls, or /status and /metrics as well; probes never are")
      .list(&admin_config::hosts, "hosts", "Names that Host may have, beside addresses and localhost; * is any");
  return admin.include(&admin_config::tls, tls_keys());
}

keys<shutdown_config> shutdown_keys() {
  keys<ready_delay> delay("ready_delay");
  delay.duration(&ready_delay::min, "min", 0ms, 1h, "Readiness is off and requests are served for at least so long")
      .duration(&ready_delay::max, "max", 0ms, 1h, "And at most so long, if new connections keep coming");

  keys<shutdown_config> stop("shutdown");
  stop.duration(&shutdown_config::total, "total", 100ms, 1h, "From the signal to the exit, whatever is stuck");
  const auto carved = [&](auto member, std::string_view name, std::string about) {
    stop.duration(member, name, 0ms, 1h, std::move(about)).unset("carved from total");
  };
  carved(&shutdown_config::idle_grace, "idle_grace", "For one more request on an idle connection");
  carved(&shutdown_config::header_grace, "header_grace", "For the rest of a request's head; then 408");
  carved(&shutdown_config::stall_limit, "stall_limit", "A peer that reads nothing for so long is aborted");
  carved(&shutdown_config::stream_grace, "stream_grace", "For streams to send their last event");
  carved(&shutdown_config::websocket_grace, "websocket_grace", "For a WebSocket peer's close frame");
  carved(&shutdown_config::hard_cancel, "hard_cancel", "Handlers are cancelled; 503 where no head was written");
  carved(&shutdown_config::drain, "drain", "Sessions still open are aborted, by name");
  carved(&shutdown_config::background, "background", "For background tasks, after the drain");
  carved(&shutdown_config::closers, "closers", "For closing all resources, after the background tasks");
  return stop.include(&shutdown_config::ready_delay, delay);
}

/// Below "storage", where the stores of a service have theirs.
keys<blocking_config> blocking_keys() {
  keys<blocking_config> blocking("storage.blocking");
  blocking.number(&blocking_config::threads, "threads", 1, 1024, "Threads for blocking storage calls")
      .number(&blocking_config::queue, "queue", 1, million, "Calls that wait for such a thread; over it 503");
  return blocking;
}

keys<log::options> log_keys() {
  keys<log::options>::names<log::level> levels;
  for (const auto each :
       {log::level::trace, log::level::debug, log::level::info, log::level::warn, log::level::error, log::level::off})
    levels.emplace_back(to_string(each), each);
  keys<log::options>::names<log::format> formats;
  for (const auto each : {log::format::text, log::format::json}) formats.emplace_back(to_string(each), each);

  keys<log::options> log("log");
  log.choice(&log::options::level, "level", levels, "The least level that is logged")
      .reloadable()
      .choice(&log::options::format, "format", formats, "For people, or JSON lines for machines")
      .flag(&log::options::access, "access", "One line per request")
      .reloadable();
  return log;
}

keys<upgrade_config> upgrade_keys() {
  keys<upgrade_config> upgrade("upgrade");
  upgrade.duration(&upgrade_config::timeout, "timeout", 100ms, 1h,
                   "SIGUSR2: for the new process to become ready; then it is killed");
  return upgrade;
}

bool is_any(std::string_view address) { return address == "0.0.0.0" || address == "::"; }

/// Two listeners on one port would share it (SO_REUSEPORT), each getting a part of the other's connections.
std::vector<std::string> shared_port(const config& c) {
  struct listener {
    std::string_view key;
    bool opened;
    std::string_view address;
    std::uint16_t port;
  };
  const std::array<listener, 3> all{listener{"http.port", c.http.plain, c.http.address, c.http.port},
                                    listener{"http.tls.port", c.http.tls.enabled(), c.http.address, c.http.tls_port},
                                    listener{"admin.port", true, c.admin.address, c.admin.port}};
  std::vector<std::string> faults;
  for (auto first = all.begin(); first != all.end(); ++first) {
    for (auto second = std::next(first); second != all.end(); ++second) {
      const bool overlap = first->address == second->address || is_any(first->address) || is_any(second->address);
      if (!first->opened || !second->opened || first->port == 0 || first->port != second->port || !overlap) continue;
      faults.push_back(std::string(first->key) + " and " + std::string(second->key) + " are both " +
                       std::to_string(first->port) + "; they must differ");
    }
  }
  return faults;
}

}  // namespace

keys<config> common_keys() {
  keys<config> all;
  all.include(&config::http, http_keys())
      .include(&config::admin, admin_keys())
      .include(&config::shutdown, shutdown_keys())
      .include(&config::blocking, blocking_keys())
      .include(&config::log, log_keys())
      .include(&config::upgrade, upgrade_keys());
  return all.check({"http", "admin"}, shared_port);
}

}  // namespace sundown::configuration
