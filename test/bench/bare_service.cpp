// Sundown's data plane without the sample service around it: no storage, no access log, no admin listener. Metrics and
// request ids are part of the session and stay on.
//
//   bare_service PORT WORKERS [ROUTES]     ROUTES: so many routes more, to see what a large table costs
#include <sundown/config.hpp>
#include <sundown/http/server.hpp>
#include <sundown/log.hpp>
#include <sundown/stop/shutdown.hpp>

#include "process/worker_pool.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace sundown;

void add_routes(http::router& to, int more) {
  to.get("/hello", [](const http::request&) { return http::response{200, "text/plain", "Hello, World!", {}}; });
  to.post("/hello", [](const http::request& asked) {
    return http::response{200, "text/plain", asked.body().empty() ? "Hello, nobody" : "Hello, World!", {}};
  });
  for (int i = 0; i < more; ++i) {
    to.get("/v1/resource" + std::to_string(i), [](const http::request&) { return http::response{}; });
    to.get("/v1/resource" + std::to_string(i) + "/{id}", [](const http::request&) { return http::response{}; });
  }
  to.get("/items/{id}", [](const http::request&) { return http::response{200, "text/plain", "Hello, World!", {}}; });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: bare_service PORT WORKERS [ROUTES]\n", stderr);
    return 2;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  log::set_level(log::level::warn);

  config given;
  given.http.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const stop::budget clock(stop::make_plan(given.shutdown));
  http::router routes;
  add_routes(routes, argc > 3 ? std::atoi(argv[3]) : 0);
  process::worker_pool workers(static_cast<std::size_t>(std::atoi(argv[2])), [](std::string) { std::abort(); });
  std::vector<asio::io_context*> contexts;
  for (std::size_t i = 0; i < workers.size(); ++i) contexts.push_back(&workers.context(i));
  http::server server(contexts, routes, given.http, clock, {"http", false});
  workers.start();
  server.start();
  int signal = 0;
  sigwait(&ends, &signal);
  server.abort("the end of the bench");
  std::_Exit(0);
}
