#include "app/notes/note_storage.hpp"

#include "app/notes/mongo_store.hpp"
#include "app/notes/sqlite_store.hpp"

#include <sundown/log.hpp>

namespace sundown::app {

namespace {

class sqlite_storage : public note_storage {
 public:
  sqlite_storage(const storage_settings& given, const storage_surroundings& around)
      : store_(options_for(given, around), around.pool, around.outbox) {}

  std::string name() const override { return "sqlite"; }
  storage::note_store& notes() override { return store_; }
  http_client::outbox_store& outbox() override { return store_.outbox(); }
  boost::asio::awaitable<void> close() override { return store_.close(); }
  std::string waiting_for() const override { return store_.waiting_for(); }

 private:
  static sqlite::options options_for(const storage_settings& given, const storage_surroundings& around) {
    sqlite::options options(given.sqlite.path, given.sqlite.timeout, around.queue);
    options.listener = sqlite::tell(around.readiness, "sqlite");
    return options;
  }

  storage::sqlite_store store_;
};

class mongo_storage : public note_storage {
 public:
  mongo_storage(const storage_settings& given, const storage_surroundings& around)
      : client_(
            {given.mongodb.uri, given.mongodb.timeout, "storage.mongodb.uri"}, around.pool,
            [&ready = around.readiness](bool up, const std::string& why) {
              ready.set("mongodb", up, why);
              ready.set("mongodb", !up || why.empty(), why, stop::readiness::importance::optional);
            },
            [ids = ids_, tells = around.outbox](mongodb::connection& lease) {
              return storage::mongo_store::prepare(lease, *ids, tells);
            }),
        store_(client_, *ids_, around.outbox) {
    const auto fault = client_.wait_up(given.fail_fast, around.stop_requested);
    if (fault.empty() || around.stop_requested()) return;
    if (given.fail_fast) {
      throw startup_error(
          "no MongoDB to be used at " + client_.server() + ": " + fault +
          "; start it or mend storage.mongodb.uri, or set storage.fail_fast = false to start without it");
    }
    log::warn("starting without MongoDB: not ready until it answers", {{"server", client_.server()}, {"error", fault}});
  }

  std::string name() const override { return "mongodb"; }
  storage::note_store& notes() override { return store_; }
  http_client::outbox_store& outbox() override { return store_.outbox(); }
  boost::asio::awaitable<void> close() override { return client_.close(); }
  std::string waiting_for() const override { return client_.waiting_for(); }
  std::string omitted() const override { return client_.omitted(); }

 private:
  // Shared with the client's thread, which may be left behind.
  const std::shared_ptr<uuid7_generator> ids_ = std::make_shared<uuid7_generator>();
  mongodb::client client_;
  storage::mongo_store store_;
};

}  // namespace

std::unique_ptr<note_storage> open_note_storage(const storage_settings& given, const storage_surroundings& around) {
  if (given.mongodb.uri.empty()) return std::make_unique<sqlite_storage>(given, around);
  return std::make_unique<mongo_storage>(given, around);
}

}  // namespace sundown::app
