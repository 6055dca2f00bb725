#include "config/make_key.hpp"
#include "config/text_rules.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace sundown::configuration {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view levels[] = {"trace", "debug", "info", "warn", "error", "off"};
constexpr std::string_view formats[] = {"text", "json"};
constexpr std::int64_t million = 1'000'000, gib = 1 << 30;

using ready_delay = decltype(shutdown_config::ready_delay);
using rate_limit = decltype(http_config::rate_limit);
using sqlite = decltype(storage_config::sqlite);
using mongodb = decltype(storage_config::mongodb);
using redis = decltype(storage_config::redis);
using cache = decltype(storage_config::cache);

std::vector<key> table() {
  constexpr auto http = &config::http;
  constexpr auto admin = &config::admin;
  constexpr auto stop = &config::shutdown;
  constexpr auto storage = &config::storage;
  constexpr auto log = &config::log;
  return {
      text<http, &http_config::address>("http.address", an_address, "Address of the service's listener"),
      number<http, &http_config::port>("http.port", 0, 65535,
                                       "Its port; 0 takes any free one, named in the ready line"),
      number<http, &http_config::workers>("http.workers", 0, 1024, "Worker threads; 0 is one per core"),
      number<http, &http_config::backlog>("http.backlog", 1, 65535,
                                          "Accept queue of each listener; the kernel caps it at net.core.somaxconn"),
      number<http, &http_config::max_connections>(
          "http.max_connections", 0, 10 * million,
          "Accepting pauses at so many; 0 is as many as file descriptors allow, less 64 for all else"),
      size<http, &http_config::header_limit>("http.header_limit", 512, 1 << 20,
                                             "Request line and fields together; 414 or 431 over it"),
      size<http, &http_config::body_limit>("http.body_limit", 0, 64 * gib, "Request body; 413 over it"),
      duration<http, &http_config::header_timeout>("http.header_timeout", 1ms, 1h,
                                                   "From a request's first byte to the end of its fields; then 408"),
      duration<http, &http_config::idle_timeout>("http.idle_timeout", 1ms, 24h,
                                                 "Between requests; then the connection is closed"),
      size<http, &http_config::body_rate>("http.body_rate", 0, gib,
                                          "Per second that a request body must keep up after body_grace; then 408"),
      duration<http, &http_config::body_grace>("http.body_grace", 0ms, 1h, "Before body_rate counts"),
      duration<http, &http_config::stall_limit>("http.stall_limit", 1ms, 1h,
                                                "A peer that takes no byte of its answer for so long is aborted"),
      duration<http, &http_config::linger>("http.linger", 0ms, 1min,
                                           "Reading and discarding after the last answer, until the peer closes"),
      number<http, &http_config::rate_limit, &rate_limit::requests>(
          "http.rate_limit.requests", 0, million,
          "Per client address (of IPv6: /64) and window; over it 429; 0 is no limit"),
      duration<http, &http_config::rate_limit, &rate_limit::window>("http.rate_limit.window", 1ms, 1h,
                                                                    "Begins with a client's first request"),

      text<admin, &admin_config::address>("admin.address", an_address, "Address of the admin listener"),
      number<admin, &admin_config::port>("admin.port", 0, 65535, "Its port; 0 takes any free one"),
      number<admin, &admin_config::max_connections>(
          "admin.max_connections", 1, 65535,
          "Over it the one that has been idle for longest is closed for the new one"),
      secret(text<admin, &admin_config::token>("admin.token", a_token,
                                               "Bearer token for changing calls from elsewhere than loopback; "
                                               "empty allows none")),

      duration<stop, &shutdown_config::total>("shutdown.total", 100ms, 1h,
                                              "From the signal to the exit, whatever is stuck"),
      duration<stop, &shutdown_config::idle_grace>("shutdown.idle_grace", 0ms, 1h,
                                                   "For one more request on an idle connection"),
      duration<stop, &shutdown_config::header_grace>("shutdown.header_grace", 0ms, 1h,
                                                     "For the rest of a request's head; then 408"),
      duration<stop, &shutdown_config::stall_limit>("shutdown.stall_limit", 0ms, 1h,
                                                    "A peer that reads nothing for so long is aborted"),
      duration<stop, &shutdown_config::stream_grace>("shutdown.stream_grace", 0ms, 1h,
                                                     "For streams to send their last event"),
      duration<stop, &shutdown_config::websocket_grace>("shutdown.websocket_grace", 0ms, 1h,
                                                        "For a WebSocket peer's close frame"),
      duration<stop, &shutdown_config::hard_cancel>("shutdown.hard_cancel", 0ms, 1h,
                                                    "Handlers are cancelled; 503 where no head was written"),
      duration<stop, &shutdown_config::drain>("shutdown.drain", 0ms, 1h, "Sessions still open are aborted, by name"),
      duration<stop, &shutdown_config::background>("shutdown.background", 0ms, 1h,
                                                   "For background tasks, after the drain"),
      duration<stop, &shutdown_config::closers>("shutdown.closers", 0ms, 1h,
                                                "For closing all resources, after the background tasks"),
      duration<stop, &shutdown_config::ready_delay, &ready_delay::min>(
          "shutdown.ready_delay.min", 0ms, 1h, "Readiness is off and requests are served for at least so long"),
      duration<stop, &shutdown_config::ready_delay, &ready_delay::max>(
          "shutdown.ready_delay.max", 0ms, 1h, "And at most so long, if new connections keep coming"),

      flag<storage, &storage_config::fail_fast>(
          "storage.fail_fast", "Exit 1 if a storage server doesn't answer at the start; else not ready"),
      text<storage, &storage_config::sqlite, &sqlite::path>("storage.sqlite.path", a_database, "The database file"),
      duration<storage, &storage_config::sqlite, &sqlite::timeout>(
          "storage.sqlite.timeout", 0ms, 1h, "Waiting for a lock that another process holds; then 503"),
      secret_url(text<storage, &storage_config::mongodb, &mongodb::uri>(
          "storage.mongodb.uri", a_mongodb_uri, "The MongoDB that keeps the notes; empty: SQLite does")),
      duration<storage, &storage_config::mongodb, &mongodb::timeout>("storage.mongodb.timeout", 100ms, 1h,
                                                                     "For an operation; then 503"),
      secret_url(text<storage, &storage_config::redis, &redis::url>(
          "storage.redis.url", a_redis_url, "Cache, rate limit and note events go there; empty is off")),
      duration<storage, &storage_config::redis, &redis::timeout>(
          "storage.redis.timeout", 1ms, 1min, "For an answer of Redis; then the service goes on without it"),
      size<storage, &storage_config::cache, &cache::capacity>(
          "storage.cache.capacity", 0, 64 * gib, "Memory of the cache in this process, used when Redis is off"),
      duration<storage, &storage_config::cache, &cache::ttl>("storage.cache.ttl", 1ms, 24h,
                                                             "For how long a note stays in the cache"),
      number<storage, &storage_config::blocking, &blocking_config::threads>("storage.blocking.threads", 1, 1024,
                                                                            "Threads for blocking storage calls"),
      number<storage, &storage_config::blocking, &blocking_config::queue>(
          "storage.blocking.queue", 1, million, "Calls that wait for such a thread; over it 503"),

      reloadable(choice<log, &log::options::level>("log.level", levels, "The least level that is logged")),
      choice<log, &log::options::format>("log.format", formats, "For people, or JSON lines for machines"),
      reloadable(flag<log, &log::options::access>("log.access", "One line per request")),

      duration<&config::upgrade, &upgrade_config::timeout>(
          "upgrade.timeout", 100ms, 1h, "SIGUSR2: for the new process to become ready; then it is killed"),

      flag<&config::demo, &demo_config::enabled>("demo.enabled", "The /demo/ routes; not for production"),
  };
}

}  // namespace

std::string key::variable() const {
  std::string out = "SUNDOWN_";
  for (const char c : name)
    if (c == '.')
      out += "__";
    else
      out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::span<const key> keys() {
  static const std::vector<key> all = table();
  return all;
}

const key* find_key(std::string_view name) {
  const auto found = std::ranges::find(keys(), name, &key::name);
  return found == keys().end() ? nullptr : &*found;
}

}  // namespace sundown::configuration
