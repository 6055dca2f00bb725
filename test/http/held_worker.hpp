#pragma once

#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <sundown/task.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <vector>

namespace sundown::test {

/// A server's only worker, held by handlers that block it, one after the other. Nothing runs on it but what a test lets
/// run: what it takes on then, and when it is held again, is no matter of how late the test's own threads are.
/// Lifetime: longer than the server.
class held_worker {
 public:
  void add(http::router& to) {
    to.get("/hold", [this](const http::request&) { return block(); });
    to.get("/settle", [this](const http::request&) { return settle_and_block(); });
  }

  /// Once true, the worker is held, and all who have connected before are accepted.
  [[nodiscard]] bool hold(const serving& app) {
    while (clients_.size() < gates_.size()) clients_.push_back(app.connect());
    return ask("/settle");
  }
  /// Lets the worker do all that has come for it. Once true, it is held again: time limits that have begun with that
  /// have begun just now.
  [[nodiscard]] bool settle() { return ask("/settle"); }
  /// Lets the worker come back. Once true, it is held again by the first request that it has found, and has looked at
  /// no time limit yet.
  [[nodiscard]] bool come_back() { return ask("/hold"); }
  /// Lets it go for good.
  void release() { gates_.at(asked_ - 1).open(); }

 private:
  bool ask(const char* target) {
    // The last to connect is the first to ask: who is accepted in the order of arrival is accepted by then.
    clients_.at(clients_.size() - 1 - asked_).send(get(target));
    if (asked_ != 0) release();
    return gates_.at(asked_++).reached();
  }

  http::response block() {
    gates_.at(held_++).block();
    return text("held");
  }
  task<http::response> settle_and_block() {
    const auto worker = co_await asio::this_coro::executor;
    // What came before has its turn, and what that has put off.
    for (int turns = 0; turns < 5; ++turns) co_await asio::post(worker, use_task);
    co_return block();
  }

  std::array<gate, 3> gates_;
  std::size_t held_ = 0;  // the worker's
  std::size_t asked_ = 0;
  std::vector<raw_client> clients_;  // one for each request: in the stop none has two
};

/// A test of what happens to a worker that is late, up to three times: `attempt` returns false where the worker has not
/// been late after all, as its looks at the time limits may come before what holds it.
template <class Attempt>
void expect_once_late(Attempt attempt) {
  bool tested = false;
  for (int attempts = 0; attempts < 3 && !tested && !testing::Test::HasFailure(); ++attempts) tested = attempt();
  EXPECT_TRUE(tested) << "the worker was never late";
}

}  // namespace sundown::test
