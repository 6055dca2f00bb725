#pragma once

#include "app/notes/mongo_store.hpp"
#include "storage/mongo_states.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <sundown/blocking.hpp>

#include <gmock/gmock.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace sundown::test {

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
    client = std::make_unique<mongodb::client>(
        mongodb::options(uri, timeout, "storage.mongodb.uri"), pool, states.listener(),
        [this](mongodb::connection& lease) { return storage::mongo_store::prepare(lease, ids); });
    store = std::make_unique<storage::mongo_store>(*client, ids);
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
  blocking_pool pool;
  uuid7_generator ids;
  std::unique_ptr<mongodb::client> client;
  std::unique_ptr<storage::mongo_store> store;
};

}  // namespace sundown::test
