#pragma once

#include "support/redis_server.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <sundown/redis.hpp>

#include <gmock/gmock.h>

#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sundown::test {

/// What a test's client is made with.
struct redis_setting {
  std::string url;
  milliseconds timeout{500};
  std::size_t commands = redis::limits().commands;
  std::size_t bytes = redis::limits().bytes;
  std::string ca = {}, certificate = {}, key = {};

  redis::settings server() const {
    redis::settings out;
    out.url = url;
    out.timeout = timeout;
    out.ca = ca;
    out.certificate = certificate;
    out.key = key;
    return out;
  }
};

/// A client, and a worker that calls it. Closed at its end, if the server answers.
class redis_session {
 public:
  using states = std::vector<std::pair<bool, std::string>>;

 private:
  mutable std::mutex mutex_;
  states states_;

 public:
  worker_thread worker;
  redis::client client;  // the first to go, as in the service: its thread calls all of the above

  explicit redis_session(const redis_setting& given) : client(given.server(), {given.commands, given.bytes}) {
    client.on_state([this](bool up, const std::string& detail) {
      const std::scoped_lock lock(mutex_);
      states_.emplace_back(up, detail);
    });
  }
  ~redis_session() { end(); }
  redis_session(const redis_session&) = delete;
  redis_session& operator=(const redis_session&) = delete;

  /// Starts, and waits until the server is there.
  void start() {
    begin();
    const auto up = client.wait_until_up(ample);
    if (!up) throw std::runtime_error(up.error().detail);
  }
  void begin() {
    client.start();
    started_ = true;
  }
  void close() {
    closed_ = true;
    worker.run(client.close());
  }

  /// Closes, unless that is done or was never needed: before what the client calls is destroyed.
  void end() {
    if (started_ && !closed_) close();
  }

  /// A close that `limit` cancels, as the stop does when its time is over; the client may then be destroyed as it is.
  std::future<void> close(asio::cancellation_signal& limit) {
    closed_ = true;
    return worker.start(client.close(), limit);
  }

  std::future<result<redis::values>> call(std::vector<redis::command> what) {
    return worker.start(execute(client, std::move(what)));
  }
  result<redis::values> ask(redis::command what) { return await(call(std::vector<redis::command>(1, what))); }
  bool wait_up() { return bool(client.wait_until_up(ample)); }
  bool wait_down(milliseconds limit = ample) {
    return eventually(limit, [this] { return !client.up(); });
  }
  /// After a loss that may be over by now.
  bool wait_reconnected() {
    return eventually(ample, [this] { return seen().size() >= 3 && client.up(); });
  }
  states seen() const {
    const std::scoped_lock lock(mutex_);
    return states_;
  }

 private:
  static task<result<redis::values>> execute(redis::client& to, std::vector<redis::command> what) {
    co_return co_await to.async_execute(std::move(what), use_task);
  }

  bool started_ = false, closed_ = false;
};

/// A server for one test, which is skipped where there is none.
class redis_test : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = redis_missing(); !missing.empty()) GTEST_SKIP() << missing;
    server.emplace(how);
    proxy.emplace(server->where());
  }
  std::string proxy_url() const { return "redis://" + proxy->text(); }

  redis_setup how;
  std::optional<redis_server> server;
  std::optional<fault_proxy> proxy;  ///< before the server; what goes by it is up to the test
};

}  // namespace sundown::test
