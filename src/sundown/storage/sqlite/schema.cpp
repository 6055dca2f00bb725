#include "storage/sqlite/schema.hpp"

#include "base/number.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace sundown::sqlite {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds start_lock_timeout{500};
constexpr std::uintmax_t quick_check_limit = 8 << 20;  // bytes; takes 0.1-0.2 s

template <class T>
T value_or_throw(result<T> outcome) {
  if (!outcome) throw startup_error(outcome.error().detail);
  return std::move(*outcome);
}

void run(connection& database, const char* sql) {
  if (auto done = database.execute(sql); !done) throw startup_error(done.error().detail);
}

void check_writable(const fs::path& what, const std::string& called, const std::string& key) {
  if (faccessat(AT_FDCWD, what.c_str(), W_OK, AT_EACCESS) == 0) return;
  const auto reason =
      errno == EROFS ? "on a read-only file system" : "not writable for uid " + std::to_string(geteuid());
  throw startup_error(called + " is " + reason + ": make it writable or set " + key);
}

void check_path(const fs::path& file, const std::string& key) {
  const auto name = file.string();
  if (name.empty() || name == ":memory:") {
    throw startup_error(key + " is \"" + name + "\": it must name a file, or nothing survives the process");
  }
  std::error_code ignored;  // what can't be looked at, opening reports better
  const auto status = fs::status(file, ignored);
  if (fs::is_directory(status)) {
    throw startup_error("database " + name + " is a directory: set " + key + " to a file in it");
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw startup_error("database " + name + " is not a regular file: set " + key + " to one");
  }
  const auto directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (fs::status(directory, ignored).type() == fs::file_type::not_found) {
    throw startup_error("the directory of database " + name + " does not exist: create it with `mkdir -p " +
                        directory.string() + "` or set " + key);
  }
  // SQLite would open both read-only, or say that it can't open a file beside ours that it wanted to create.
  check_writable(directory, "the directory of database " + name, key);
  if (fs::exists(status)) check_writable(file, "database " + name, key);
}

void check_content(connection& database) {
  const auto name = database.file().string();
  std::error_code unknown;
  const auto size = fs::file_size(database.file(), unknown);
  if (!unknown && size <= quick_check_limit) {
    const auto found = value_or_throw(database.read("PRAGMA quick_check(1)"));
    if (found != "ok") {
      throw startup_error("database " + name + " is damaged (" + found +
                          "): restore it from a backup, or save what can be with `sqlite3 " + name + " .recover`");
    }
  }
}

std::size_t schema_version(connection& database, const schema& tables) {
  const auto name = database.file().string();
  const auto text = value_or_throw(database.read("PRAGMA user_version"));
  const auto version = base::parse_number<std::size_t>(text).value_or(0);
  const auto owner = value_or_throw(database.read("PRAGMA application_id"));
  const auto found = value_or_throw(database.read("SELECT count(*) FROM sqlite_schema"));
  if (owner != std::to_string(tables.application) && (found != "0" || text != "0")) {
    throw startup_error("database " + name + " belongs to another application: move it away or set " + database.key());
  }
  if (version > tables.migrations.size()) {
    throw startup_error("database " + name + " has schema version " + text + ", this program knows up to " +
                        std::to_string(tables.migrations.size()) +
                        ": run the newer program or restore an older backup");
  }
  return version;
}

/// A failure leaves nothing of it: the transaction ends with the connection.
void run_migration(connection& database, std::size_t version, const std::string& step) {
  const auto what =
      "the migration of database " + database.file().string() + " to schema version " + std::to_string(version) + " ";
  if (auto done = database.execute(step.c_str()); !done) throw startup_error(what + "failed: " + done.error().detail);
  if (!database.in_transaction()) {
    throw startup_error(what + "ends the transaction that it is part of: leave BEGIN, COMMIT and ROLLBACK out of it");
  }
}

/// The version is read again with the lock held: another process may have migrated meanwhile.
void migrate(connection& database, const schema& tables) {
  const auto newest = tables.migrations.size();
  if (schema_version(database, tables) == newest) return;
  run(database, "BEGIN IMMEDIATE");
  for (auto version = schema_version(database, tables); version < newest; ++version) {
    run_migration(database, version + 1, tables.migrations[version]);
  }
  const auto mark = "PRAGMA application_id = " + std::to_string(tables.application) +
                    "; PRAGMA user_version = " + std::to_string(newest);
  run(database, mark.c_str());
  run(database, "COMMIT");
}

}  // namespace

schema::schema(std::int32_t application_mark, std::vector<std::string> steps)
    : application(application_mark), migrations(std::move(steps)) {
  if (application == 0) throw std::invalid_argument("a schema with application id 0, which any database has");
}

connection open_writer(const options& given, const schema& tables) {
  const auto& file = given.path;
  check_path(file, given.key);
  auto database = value_or_throw(connection::open(file, start_lock_timeout, given.key));
  value_or_throw(database.read("PRAGMA schema_version"));  // the first look inside: finds locks and non-databases
  if (database.read_only()) {
    throw startup_error(database.fault(SQLITE_READONLY).detail);
  }
  const auto mode = value_or_throw(database.read("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    throw startup_error("the file system of database " + file.string() +
                        " can't share memory between processes, which WAL mode needs: use a local one");
  }
  run(database, "PRAGMA synchronous = FULL");  // COMMIT returns after fsync
  check_content(database);
  migrate(database, tables);
  if (auto set = database.set_busy_timeout(given.timeout); !set) throw startup_error(set.error().detail);
  return database;
}

connection open_reader(const options& given) {
  auto database = value_or_throw(connection::open(given.path, given.timeout, given.key));
  run(database, "PRAGMA query_only = ON");
  return database;
}

}  // namespace sundown::sqlite
