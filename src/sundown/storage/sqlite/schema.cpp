#include "storage/sqlite/schema.hpp"

#include "base/number.hpp"

#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace sundown::storage {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds start_lock_timeout{500};
constexpr std::uintmax_t quick_check_limit = 8 << 20;  // bytes; takes 0.1-0.2 s
constexpr auto application_id = "1398099524";          // "SUND": tells our file from another application's

/// Step i brings a database of version i to i + 1. Append only: what was released never changes.
constexpr std::array migrations{
    // The id is the key of the table's own tree, so that a page is one range read without a second look-up.
    "CREATE TABLE note (id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL,"
    " created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = 1398099524; PRAGMA user_version = 1;",
};

template <class T>
T value_or_throw(result<T> outcome) {
  if (!outcome) throw startup_error(outcome.error().detail);
  return std::move(*outcome);
}

void run(sqlite_database& database, const char* sql) {
  if (auto done = database.execute(sql); !done) throw startup_error(done.error().detail);
}

void check_writable(const fs::path& what, const std::string& called) {
  if (faccessat(AT_FDCWD, what.c_str(), W_OK, AT_EACCESS) == 0) return;
  const auto reason =
      errno == EROFS ? "on a read-only file system" : "not writable for uid " + std::to_string(geteuid());
  throw startup_error(called + " is " + reason + ": make it writable or set storage.sqlite.path");
}

void check_path(const fs::path& file) {
  const auto name = file.string();
  if (name.empty() || name == ":memory:") {
    throw startup_error("storage.sqlite.path is \"" + name +
                        "\": it must name a file, or no note survives the process");
  }
  std::error_code ignored;  // what can't be looked at, opening reports better
  const auto status = fs::status(file, ignored);
  if (fs::is_directory(status)) {
    throw startup_error("database " + name + " is a directory: set storage.sqlite.path to a file in it");
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw startup_error("database " + name + " is not a regular file: set storage.sqlite.path to one");
  }
  const auto directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (fs::status(directory, ignored).type() == fs::file_type::not_found) {
    throw startup_error("the directory of database " + name + " does not exist: create it with `mkdir -p " +
                        directory.string() + "` or set storage.sqlite.path");
  }
  // SQLite would open both read-only, or say that it can't open a file beside ours that it wanted to create.
  check_writable(directory, "the directory of database " + name);
  if (fs::exists(status)) check_writable(file, "database " + name);
}

void check_content(sqlite_database& database) {
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

std::size_t schema_version(sqlite_database& database) {
  const auto name = database.file().string();
  const auto text = value_or_throw(database.read("PRAGMA user_version"));
  const auto version = base::parse_number<std::size_t>(text).value_or(0);
  const auto owner = value_or_throw(database.read("PRAGMA application_id"));
  const auto tables = value_or_throw(database.read("SELECT count(*) FROM sqlite_schema"));
  if (owner != application_id && (tables != "0" || text != "0")) {
    throw startup_error("database " + name +
                        " belongs to another application: move it away or set storage.sqlite.path");
  }
  if (version > migrations.size()) {
    throw startup_error("database " + name + " has schema version " + text + ", this program knows up to " +
                        std::to_string(migrations.size()) + ": run the newer program or restore an older backup");
  }
  return version;
}

void migrate(sqlite_database& database) {
  if (schema_version(database) == migrations.size()) return;
  run(database, "BEGIN IMMEDIATE");
  for (auto step = schema_version(database); step < migrations.size(); ++step) run(database, migrations[step]);
  run(database, "COMMIT");
}

}  // namespace

sqlite_database open_writer(const fs::path& file) {
  check_path(file);
  auto database = value_or_throw(sqlite_database::open(file, start_lock_timeout));
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
  migrate(database);
  return database;
}

sqlite_database open_reader(const fs::path& file, std::chrono::milliseconds busy_timeout) {
  auto database = value_or_throw(sqlite_database::open(file, busy_timeout));
  run(database, "PRAGMA query_only = ON");
  return database;
}

}  // namespace sundown::storage
