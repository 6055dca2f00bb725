#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sundown::stop {
class readiness;
}

namespace sundown::sqlite {

enum class health {
  well,
  at_risk,  ///< it works, but the next start would fail
  down,
};
/// Called on the writer's thread with the database's health and what is wrong, when that changes. Must not block.
using listener = std::function<void(health now, const std::string& why)>;

/// A listener that tells readiness and the log, under this name: `down` is not ready, `at_risk` is degraded. The
/// readiness must outlive the database.
listener tell(stop::readiness& ready, std::string name);

/// Where a database is, and how it is used.
struct options {
  options() = default;
  explicit options(std::filesystem::path file, std::chrono::milliseconds lock_timeout = std::chrono::seconds(2),
                   std::size_t write_queue = 1024)
      : path(std::move(file)), timeout(lock_timeout), queue(write_queue) {}

  std::filesystem::path path;
  std::chrono::milliseconds timeout{2'000};  ///< waiting for a lock of another process; an operation gets 1 s more
  std::size_t queue = 1024;                  ///< writes that wait for the one that runs; one more is `busy`
  sqlite::listener listener;                 ///< see tell()
  std::string key = "storage.sqlite.path";   ///< the configuration's key of the path, for advice in messages
};

/// The mark of a program's files (PRAGMA application_id), from four letters: application_id("ORDR").
constexpr std::int32_t application_id(const char (&letters)[5]) noexcept {
  std::uint32_t id = 0;
  for (int i = 0; i < 4; ++i) id = id << 8 | static_cast<unsigned char>(letters[i]);
  return static_cast<std::int32_t>(id);
}

/// What the tables of a service are. Migration i brings a database of version i (PRAGMA user_version) to i + 1: one or
/// more statements, and no transaction of their own. Append only: what was released never changes.
///
/// At the start all missing migrations are one transaction. A file of another application, or of a newer version than
/// there are migrations, is refused and left as it is.
struct schema {
  /// Throws std::invalid_argument for an application id of 0, which every database has that says none.
  schema(std::int32_t application, std::vector<std::string> steps);

  std::int32_t application;
  std::vector<std::string> migrations;
};

}  // namespace sundown::sqlite
