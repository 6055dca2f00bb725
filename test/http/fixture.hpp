#pragma once

#include "http/setting.hpp"
#include "process/worker_pool.hpp"
#include "support/testing.hpp"

#include <sundown/http/server.hpp>
#include <sundown/log.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::test {

/// What a drain did and how long it took.
struct drained {
  stop::drain_summary did;
  milliseconds took{0};

  /// Why the work whose name contains this was cut; "" if none was.
  std::string why_cut(std::string_view what) const {
    for (const auto& one : did.cut) {
      if (one.what.find(what) != std::string::npos) return one.why;
    }
    return {};
  }
};

/// A server in this process: real worker threads, a real port, and the stop in the test's hands.
class serving {
 public:
  /// `add` fills the router.
  template <class Add>
  explicit serving(Add add, setting how = {})
      : clock_(how.plan), workers_(how.workers, [](std::string why) { ADD_FAILURE() << "a worker failed: " << why; }) {
    log::set_level(log::level::off);
    add(routes_);
    std::vector<asio::io_context*> contexts;
    for (std::size_t i = 0; i < workers_.size(); ++i) contexts.push_back(&workers_.context(i));
    http::server::options options("http", how.access_log);
    options.yields = how.yields;
    options.http2 = how.http2;
    options.on_failure = how.on_failure;
    options.tls = how.tls;
    options.traces = how.traces;
    server_.emplace(contexts, routes_, how.limits, clock_, options);
    if (how.before_start) how.before_start(where());
    server_->start();
    workers_.start();
  }
  serving(const serving&) = delete;
  serving& operator=(const serving&) = delete;

  /// Stops what the test has not stopped. A worker that doesn't end would use what is destroyed here: then all ends.
  ~serving() {
    if (!drained_) {
      announce();
      server_->abort("end of the test");
      drain();
    }
    const auto left = workers_.join(clock::now() + 2 * ample);
    if (left.empty()) return;
    std::fprintf(stderr, "a worker has not ended: %s\n", left.front().c_str());
    std::abort();
  }

  http::server& server() { return *server_; }
  endpoint where() const {
    if (const auto at = server_->address(); at.starts_with("unix:")) return {at, 0};
    return {"127.0.0.1", server_->local_endpoint().port()};
  }

  raw_client connect(int receive_buffer = 0) const {
    raw_client client;
    client.set_receive_buffer(receive_buffer);
    const auto how = client.connect(where());
    if (how != connecting::connected) throw std::runtime_error(std::string("connect: ") + to_string(how));
    return client;
  }
  /// A connection with this sent on it.
  raw_client send(std::string_view bytes) const {
    auto client = connect();
    client.send(bytes);
    return client;
  }
  reply ask(std::string_view request) const { return test::ask(where(), request); }

  /// True once so many connections are in that phase.
  bool reaches(std::string_view phase, std::size_t count = 1) const {
    const auto at = std::find(http::phase_names.begin(), http::phase_names.end(), phase) - http::phase_names.begin();
    return eventually(
        ample, [&] { return server_->figures().connections_by_phase.at(static_cast<std::size_t>(at)) == count; });
  }

  /// Those of a route's durations, once so many of its requests have ended and left so many of them.
  std::vector<http::duration_exemplar> exemplars_of(std::string_view route, std::uint64_t ended,
                                                    std::size_t count) const {
    std::vector<http::duration_exemplar> found;
    const bool all = eventually(ample, [&] {
      const auto figures = server_->figures();
      const auto row = std::ranges::find(figures.routes, route, &http::route_figures::route);
      found = row->exemplars;
      return found.size() == count &&
             std::accumulate(row->by_duration.begin(), row->by_duration.end(), std::uint64_t{0}) == ended;
    });
    EXPECT_TRUE(all) << route << " has " << found.size();
    return found;
  }

  // The steps of the stop, on this thread.
  void announce() {
    if (!clock_.started()) clock_.start(clock::now(), true);
    server_->announce();
  }
  void close_listeners() { run(server_->close_listeners()).get(); }
  drained drain() {
    close_listeners();
    drained_ = true;
    auto did = run(server_->drain(clock_)).get();
    return {std::move(did), between(clock_.trigger_time(), clock::now())};
  }
  /// The whole stop, beside the test. On return it is announced.
  std::future<drained> begin_stop() {
    announce();
    return std::async(std::launch::async, [this] { return drain(); });
  }

 private:
  /// The control plane: one coroutine, until it is done.
  template <class T>
  std::future<T> run(asio::awaitable<T> work) {
    auto done = asio::co_spawn(control_, std::move(work), asio::use_future);
    control_.restart();
    control_.run_for(4 * ample);
    if (done.wait_for(0s) != std::future_status::ready) throw std::runtime_error("a step of the stop did not end");
    return done;
  }

  asio::io_context control_;
  stop::budget clock_;
  http::router routes_;
  process::worker_pool workers_;
  std::optional<http::server> server_;
  bool drained_ = false;
};

}  // namespace sundown::test
