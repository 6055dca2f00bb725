#include <sundown/sqlite/connection.hpp>

#include "storage/sqlite/bus.hpp"

#include <sqlite3.h>

namespace sundown::sqlite {

void connection::closer::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

connection::connection(std::unique_ptr<sqlite3, closer> handle, std::filesystem::path file,
                       std::chrono::milliseconds timeout, std::string key)
    : handle_(std::move(handle)), file_(std::move(file)), busy_timeout_(timeout), key_(std::move(key)) {}

connection::~connection() {
  if (broken_) (void)handle_.release();
}

result<connection> connection::open(std::filesystem::path file, std::chrono::milliseconds busy_timeout,
                                    std::string key) {
  sqlite3* handle = nullptr;
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  // SQLite may be built to take "file:" for a URI, and takes ":memory:" for no file.
  const auto literal = file.is_absolute() ? file : std::filesystem::path(".") / file;
  const int code = sqlite3_open_v2(literal.c_str(), &handle, flags, nullptr);
  connection database({handle, {}}, std::move(file), busy_timeout,
                      std::move(key));  // owns the handle also after a failure
  if (code != SQLITE_OK) return database.fault(code);
  if (auto set = database.set_busy_timeout(busy_timeout); !set) return set.error();
  return database;
}

result<void> connection::execute(const char* sql) {
  const int code = guarded([&] { return sqlite3_exec(native(), sql, nullptr, nullptr, nullptr); });
  if (code != SQLITE_OK) return fault(code);
  return {};
}

result<std::string> connection::read(const char* sql) {
  std::string text;
  constexpr auto first_column = [](void* out, int columns, char** values, char**) {
    if (columns > 0 && values[0] != nullptr) *static_cast<std::string*>(out) = values[0];
    return 0;
  };
  const int code = guarded([&] { return sqlite3_exec(native(), sql, first_column, &text, nullptr); });
  if (code != SQLITE_OK) return fault(code);
  return text;
}

result<void> connection::set_busy_timeout(std::chrono::milliseconds timeout) {
  busy_timeout_ = timeout;
  const int code = sqlite3_busy_timeout(native(), static_cast<int>(timeout.count()));
  if (code != SQLITE_OK) return fault(code);
  return {};
}

result<void> connection::begin_at_once() {
  if (broken_) return fault(SQLITE_IOERR_SHMMAP);
  sqlite3_busy_timeout(native(), 0);
  auto begun = execute("BEGIN IMMEDIATE");
  sqlite3_busy_timeout(native(), static_cast<int>(busy_timeout_.count()));
  return begun;
}

bool connection::in_transaction() const noexcept { return !broken_ && sqlite3_get_autocommit(native()) == 0; }

bool connection::read_only() const noexcept { return sqlite3_db_readonly(native(), "main") == 1; }

result<std::int64_t> connection::frames_in_log() {
  int frames = 0;
  const int code =
      guarded([&] { return sqlite3_wal_checkpoint_v2(native(), "main", SQLITE_CHECKPOINT_PASSIVE, &frames, nullptr); });
  if (code != SQLITE_OK && code != SQLITE_BUSY) return fault(code);
  return frames;
}

result<void> connection::checkpoint(std::chrono::milliseconds patience) {
  if (broken_) return fault(SQLITE_IOERR_SHMMAP);
  sqlite3_busy_timeout(native(), static_cast<int>(patience.count()));
  const int code = guarded(
      [&] { return sqlite3_wal_checkpoint_v2(native(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr); });
  sqlite3_busy_timeout(native(), static_cast<int>(busy_timeout_.count()));
  if (code != SQLITE_OK && code != SQLITE_BUSY) return fault(code);
  return {};
}

int connection::guarded(int (*call)(void*), void* with) const noexcept {
  struct frame {
    int (*call)(void*);
    void* with;
    int code;
  } within{call, with, SQLITE_OK};
  const auto run = [](void* given) {
    auto& called = *static_cast<frame*>(given);
    called.code = called.call(called.with);
  };
  if (!broken_ && survives_bus_error(run, &within)) return within.code;
  broken_ = true;
  return SQLITE_IOERR_SHMMAP;
}

void connection::leave_log_behind() noexcept {
  if (!broken_) sqlite3_db_config(native(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace sundown::sqlite
