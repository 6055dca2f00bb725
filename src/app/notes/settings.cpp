#include "app/notes/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sundown::app {

namespace {

using namespace std::chrono_literals;

/// Who has no local file that lasts, sets no path and relies on MongoDB.
text_rule a_file_or_nothing() {
  const auto fault = [file = sqlite::a_file()](std::string_view given) {
    return given.empty() ? std::string() : file.fault(given);
  };
  return {"the name of a file; empty with MongoDB", fault};
}

std::vector<std::string> no_storage(const storage_settings& given) {
  if (!given.sqlite.path.empty() || !given.mongodb.uri.empty()) return {};
  return {"storage.sqlite.path and storage.mongodb.uri are both empty; one of them must say where notes are kept"};
}

}  // namespace

keys<storage_settings> storage_keys() {
  keys<cache_settings> cache("storage.cache");
  cache
      .size(&cache_settings::capacity, "capacity", 0, std::int64_t{64} << 30,
            "Memory of the cache in this process, used when Redis is off")
      .unset("64MiB, at most an eighth of the cgroup's memory")
      .duration(&cache_settings::ttl, "ttl", 1ms, 24h, "For how long a note stays in the cache");

  keys<storage_settings> storage;  // whose sections are named in full, since their faults name keys
  storage.flag(&storage_settings::fail_fast, "storage.fail_fast",
               "Exit 1 if a storage server doesn't answer at the start; else not ready");
  return storage
      .include(&storage_settings::sqlite, sqlite::keys("storage.sqlite", "The database file", a_file_or_nothing()))
      .include(&storage_settings::mongodb,
               mongodb::keys("storage.mongodb", "The MongoDB that keeps the notes; empty: SQLite does"))
      .include(&storage_settings::redis,
               redis::keys("storage.redis", "Cache, rate limit and note events go there; empty is off"))
      .include(&storage_settings::cache, cache)
      .check(no_storage);
}

keys<note_settings> note_keys() {
  keys<note_settings> notes;
  return notes.include(&note_settings::webhook, http_client::outbox_keys("notes.webhook"));
}

}  // namespace sundown::app
