// The sample's notes straight from SQLite, without the cache that the shipped program has in front of it.
//
//   notes_service PORT WORKERS FILE
#include <sundown/config.hpp>
#include <sundown/http/server.hpp>
#include <sundown/lifecycle/background.hpp>
#include <sundown/lifecycle/shutdown.hpp>
#include <sundown/log.hpp>

#include "app/note_events.hpp"
#include "app/routes.hpp"
#include "lifecycle/worker_pool.hpp"
#include "storage/blocking_pool.hpp"
#include "storage/sqlite_note_store.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  using namespace sundown;
  if (argc != 4) {
    std::fputs("usage: notes_service PORT WORKERS FILE\n", stderr);
    return 2;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  log::set_level(log::level::warn);

  config given;
  given.http.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const lifecycle::budget clock(lifecycle::make_plan(given.shutdown));
  lifecycle::worker_pool workers(static_cast<std::size_t>(std::atoi(argv[2])), [](std::string) { std::abort(); });
  storage::blocking_pool blocking(given.storage.blocking);
  storage::sqlite_note_store notes({argv[3], given.storage.sqlite.timeout, given.storage.blocking.queue}, blocking);
  asio::io_context control;
  lifecycle::background tasks(control.get_executor());
  app::note_events events(tasks, nullptr);
  http::router routes;
  app::add_routes(routes, notes, events);
  std::vector<asio::io_context*> contexts;
  for (std::size_t i = 0; i < workers.size(); ++i) contexts.push_back(&workers.context(i));
  http::server server(contexts, routes, given.http, clock, {"http", false});
  workers.start();
  server.start();
  int signal = 0;
  sigwait(&ends, &signal);
  std::_Exit(0);  // read only: nothing to close
}
