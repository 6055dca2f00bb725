#include "app/notes/note_storage.hpp"

#include "app/notes/mongo_note_store.hpp"
#include "app/notes/sqlite_note_store.hpp"
#include "config/mask_url.hpp"

#include <sundown/log.hpp>

namespace sundown::app {

namespace {

class sqlite_storage : public note_storage {
 public:
  sqlite_storage(const storage_settings& given, const storage_surroundings& around)
      : store_({given.sqlite.path, given.sqlite.timeout, around.queue,
                [&ready = around.readiness](auto health, const std::string& why) { tell(ready, health, why); }},
               around.pool) {}

  std::string name() const override { return "sqlite"; }
  storage::note_store& notes() override { return store_; }
  boost::asio::awaitable<void> close() override { return store_.close(); }
  std::string waiting_for() const override { return store_.waiting_for(); }

 private:
  static void tell(stop::readiness& ready, storage::sqlite_health health, const std::string& why) {
    using enum storage::sqlite_health;
    ready.set("sqlite", health != down, why);
    ready.set("sqlite", health != at_risk, why, stop::readiness::importance::optional);
    if (health == well) return log::info("sqlite is well again");
    log::write(health == down ? log::level::error : log::level::warn,
               health == down ? "sqlite: not ready" : "sqlite: degraded", {{"error", why}});
  }

  storage::sqlite_note_store store_;
};

class mongo_storage : public note_storage {
 public:
  mongo_storage(const storage_settings& given, const storage_surroundings& around)
      : client_(
            {given.mongodb.uri, given.mongodb.timeout}, around.pool,
            [&ready = around.readiness](bool up, const std::string& why) {
              ready.set("mongodb", up, why);
              ready.set("mongodb", !up || why.empty(), why, stop::readiness::importance::optional);
            },
            [this](storage::mongo_connection& with) { return storage::mongo_note_store::prepare(with, ids_); }),
        store_(client_, ids_) {
    const auto fault = client_.wait_up(given.fail_fast, around.stop_requested);
    if (fault.empty() || around.stop_requested()) return;
    const auto where = configuration::mask_url(given.mongodb.uri);
    if (given.fail_fast) {
      throw startup_error(
          "no MongoDB to be used at " + where + ": " + fault +
          "; start it or mend storage.mongodb.uri, or set storage.fail_fast = false to start without it");
    }
    log::warn("starting without MongoDB: not ready until it answers", {{"server", where}, {"error", fault}});
  }

  std::string name() const override { return "mongodb"; }
  storage::note_store& notes() override { return store_; }
  boost::asio::awaitable<void> close() override { return client_.close(); }
  std::string waiting_for() const override { return client_.waiting_for(); }
  std::string omitted() const override { return client_.omitted(); }

 private:
  storage::uuid7_generator ids_;
  storage::mongo_client client_;
  storage::mongo_note_store store_;
};

}  // namespace

std::unique_ptr<note_storage> open_note_storage(const storage_settings& given, const storage_surroundings& around) {
  if (given.mongodb.uri.empty()) return std::make_unique<sqlite_storage>(given, around);
  return std::make_unique<mongo_storage>(given, around);
}

}  // namespace sundown::app
