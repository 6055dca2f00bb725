#include "http/worker_parts.hpp"

#include <random>

namespace sundown::http::detail {

namespace {

std::uint64_t random_number() {
  std::random_device source;
  return std::uint64_t{source()} << 32 | source();
}

}  // namespace

worker_parts::worker_parts(const worker_executor& where, const router& served, const http_config& configured,
                           const drain_state& drain, bool access_log)
    : executor(where),
      routes(served),
      limits(configured),
      stop(drain),
      forwarding(configured.trusted_proxies, configured.forwarded),
      proxy_protocol(configured.proxy_protocol == "require"),
      book(where, drain, access_log),
      sweep(where, drain),
      workspaces(configured.header_limit),
      request_number_(random_number()),
      turns(where) {}

}  // namespace sundown::http::detail
