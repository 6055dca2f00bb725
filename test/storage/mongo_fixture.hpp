#pragma once

#include "app/notes/mongo_note_store.hpp"
#include "storage/mongodb/client.hpp"
#include "support/mongo_server.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sundown::test {

/// Skips the test that has no server, and says how to get one.
#define SUNDOWN_NEEDS_MONGO() \
  if (const auto why = mongo_server::missing(); !why.empty()) GTEST_SKIP() << why

/// What a client says of its deployment.
class state_log {
 public:
  storage::mongo_listener listener() {
    return [this](bool up, const std::string& detail) {
      const std::scoped_lock lock(mutex_);
      said_.emplace_back(up, detail);
      changed_.notify_all();
    };
  }
  /// Waits until the last thing said is this.
  bool wait(bool up, milliseconds limit = ample) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return !said_.empty() && said_.back().first == up; });
  }
  std::vector<std::pair<bool, std::string>> all() const {
    const std::scoped_lock lock(mutex_);
    return said_;
  }
  std::string last() const { return all().back().second; }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::pair<bool, std::string>> said_;
};

/// The store on a server, by way of `uri`, with a pool and a worker.
struct mongo_store_fixture {
  explicit mongo_store_fixture(std::string where, milliseconds limit = ample,
                               blocking_config threads = {.threads = 4, .queue = 1024})
      : uri(std::move(where)), timeout(limit), pool(threads) {
    open();
  }
  ~mongo_store_fixture() {
    if (client) close();
  }
  mongo_store_fixture(const mongo_store_fixture&) = delete;
  mongo_store_fixture& operator=(const mongo_store_fixture&) = delete;

  void open() {
    client = std::make_unique<storage::mongo_client>(
        storage::mongo_options{uri, timeout}, pool, states.listener(),
        [this](storage::mongo_connection& with) { return storage::mongo_note_store::prepare(with, ids); });
    store = std::make_unique<storage::mongo_note_store>(*client, ids);
    client->wait_up(false, [] { return false; });
  }
  void close() {
    control.run(client->close());
    store.reset();
    client.reset();
  }

  result<storage::note> create(std::string title) { return worker.run(store->create({std::move(title), "body"})); }
  std::vector<std::future<result<storage::note>>> create_many(std::size_t count) {
    std::vector<std::future<result<storage::note>>> writes;
    for (std::size_t i = 0; i < count; ++i) writes.push_back(worker.start(store->create({std::to_string(i), "body"})));
    return writes;
  }
  /// Of all notes, as soon as the server lists them.
  std::vector<std::string> titles() {
    std::vector<std::string> out;
    const bool listed = eventually(ample, [&] {
      const auto page = worker.run(store->list(100'000, ""));
      if (!page) return false;
      for (const auto& one : page->notes) out.push_back(one.title);
      return true;
    });
    if (!listed) throw std::runtime_error("the notes can't be listed");
    return out;
  }

  const std::string uri;
  const milliseconds timeout;
  state_log states;
  worker_thread worker, control;
  storage::blocking_pool pool;
  storage::uuid7_generator ids;
  std::unique_ptr<storage::mongo_client> client;
  std::unique_ptr<storage::mongo_note_store> store;
};

}  // namespace sundown::test
