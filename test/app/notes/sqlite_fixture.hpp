#pragma once

#include <sundown/sqlite.hpp>

#include "app/notes/sqlite_store.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sundown::test {

using namespace std::chrono_literals;

/// The store on a file in a directory of its own, with a pool and a worker. `store` may be closed and opened again.
struct sqlite_fixture {
  explicit sqlite_fixture(std::chrono::milliseconds timeout = 10s, std::size_t queue = 1024)
      : options(directory / "notes.db", timeout, queue) {}
  ~sqlite_fixture() {
    if (store) close();
  }
  sqlite_fixture(const sqlite_fixture&) = delete;
  sqlite_fixture& operator=(const sqlite_fixture&) = delete;

  storage::sqlite_store& open() {
    store = std::make_unique<storage::sqlite_store>(options, pool);
    return *store;
  }
  void close() {
    worker.run(store->close());
    store.reset();
  }
  /// Another process's connection, as far as SQLite is concerned.
  sqlite::connection intruder() { return sqlite::connection::open(options.path, 5s).value(); }

  std::vector<std::future<result<storage::note>>> create_many(std::size_t count) {
    std::vector<std::future<result<storage::note>>> writes;
    for (std::size_t i = 0; i < count; ++i) writes.push_back(worker.start(store->create({std::to_string(i), "body"})));
    return writes;
  }
  std::size_t stored() { return worker.run(store->list(100'000, "")).value().notes.size(); }

  temp_dir directory;
  sqlite::options options;
  worker_thread worker;
  blocking_pool pool{{.threads = 2, .queue = 64}};
  std::unique_ptr<storage::sqlite_store> store;
};

/// What the constructor's startup_error says, or "" if it opens.
inline std::string start_fault(const std::filesystem::path& file) {
  blocking_pool pool({.threads = 1, .queue = 1});
  try {
    storage::sqlite_store store(sqlite::options(file, 2s), pool);
    return {};
  } catch (const startup_error& e) {
    return e.what();
  }
}

}  // namespace sundown::test
