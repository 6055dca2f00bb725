#pragma once

#include <sundown/http_client/settings.hpp>
#include <sundown/keys.hpp>
#include <sundown/mongodb/settings.hpp>
#include <sundown/redis/settings.hpp>
#include <sundown/sqlite/settings.hpp>
#include <sundown/time.hpp>

#include <cstddef>
#include <optional>

namespace sundown::app {

struct cache_settings {
  std::optional<std::size_t> capacity;  ///< bytes; of the cache in this process, which is used when Redis is off
  milliseconds ttl{60'000};             ///< a value that could not be invalidated is served for so long at most
};

struct storage_settings {
  storage_settings() { sqlite.path = "notes.db"; }

  bool fail_fast = false;  ///< a server that doesn't answer at the start: exit 1, instead of not being ready
  sqlite::settings sqlite;
  mongodb::settings mongodb;  ///< without a URI the notes are kept in SQLite
  redis::settings redis;
  cache_settings cache;
};

/// All of them below [storage].
keys<storage_settings> storage_keys();

struct note_settings {
  http_client::outbox_settings webhook;
};

/// All of them below [notes].
keys<note_settings> note_keys();

}  // namespace sundown::app
