#include "storage/sqlite/database.hpp"

#include <sqlite3.h>

namespace sundown::storage {

void sqlite_database::closer::operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }

result<sqlite_database> sqlite_database::open(std::filesystem::path file, std::chrono::milliseconds busy_timeout) {
  sqlite3* handle = nullptr;
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  // SQLite may be built to take "file:" for a URI, and takes ":memory:" for no file.
  const auto literal = file.is_absolute() ? file : std::filesystem::path(".") / file;
  const int code = sqlite3_open_v2(literal.c_str(), &handle, flags, nullptr);
  sqlite_database database({handle, {}}, std::move(file), busy_timeout);  // owns the handle also after a failure
  if (code != SQLITE_OK) return database.fault(code);
  if (auto set = database.set_busy_timeout(busy_timeout); !set) return set.error();
  return database;
}

result<void> sqlite_database::execute(const char* sql) {
  const int code = guarded([&] { return sqlite3_exec(native(), sql, nullptr, nullptr, nullptr); });
  if (code != SQLITE_OK) return fault(code);
  return {};
}

result<std::string> sqlite_database::read(const char* sql) {
  std::string text;
  constexpr auto first_column = [](void* out, int columns, char** values, char**) {
    if (columns > 0 && values[0] != nullptr) *static_cast<std::string*>(out) = values[0];
    return 0;
  };
  const int code = guarded([&] { return sqlite3_exec(native(), sql, first_column, &text, nullptr); });
  if (code != SQLITE_OK) return fault(code);
  return text;
}

result<void> sqlite_database::set_busy_timeout(std::chrono::milliseconds timeout) {
  busy_timeout_ = timeout;
  const int code = sqlite3_busy_timeout(native(), static_cast<int>(timeout.count()));
  if (code != SQLITE_OK) return fault(code);
  return {};
}

result<void> sqlite_database::begin_at_once() {
  if (broken_) return fault(SQLITE_IOERR_SHMMAP);
  sqlite3_busy_timeout(native(), 0);
  auto begun = execute("BEGIN IMMEDIATE");
  sqlite3_busy_timeout(native(), static_cast<int>(busy_timeout_.count()));
  return begun;
}

bool sqlite_database::in_transaction() const noexcept { return !broken_ && sqlite3_get_autocommit(native()) == 0; }

bool sqlite_database::read_only() const noexcept { return sqlite3_db_readonly(native(), "main") == 1; }

result<std::int64_t> sqlite_database::frames_in_log() {
  int frames = 0;
  const int code =
      guarded([&] { return sqlite3_wal_checkpoint_v2(native(), "main", SQLITE_CHECKPOINT_PASSIVE, &frames, nullptr); });
  if (code != SQLITE_OK && code != SQLITE_BUSY) return fault(code);
  return frames;
}

result<void> sqlite_database::checkpoint(std::chrono::milliseconds patience) {
  if (broken_) return fault(SQLITE_IOERR_SHMMAP);
  sqlite3_busy_timeout(native(), static_cast<int>(patience.count()));
  const int code = guarded(
      [&] { return sqlite3_wal_checkpoint_v2(native(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr); });
  sqlite3_busy_timeout(native(), static_cast<int>(busy_timeout_.count()));
  if (code != SQLITE_OK && code != SQLITE_BUSY) return fault(code);
  return {};
}

int sqlite_database::break_off() const noexcept {
  broken_ = true;
  return SQLITE_IOERR_SHMMAP;
}

void sqlite_database::leave_log_behind() noexcept {
  if (!broken_) sqlite3_db_config(native(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void sqlite_statement::finalizer::operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }

sqlite_statement::sqlite_statement(const sqlite_database& database, std::string_view sql) : database_(database) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database.native(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw startup_error(database.fault(code).detail);
}

sqlite_statement::execution::execution(sqlite_statement& statement, std::initializer_list<sqlite_value> values)
    : statement_(statement), bound_(SQLITE_OK) {
  auto* handle = statement.handle_.get();
  int position = 0;
  for (const auto& value : values) {
    ++position;
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      code = sqlite3_bind_int64(handle, position, *number);
    } else {
      const auto text = std::get<std::string_view>(value);
      // An empty view may have no data, and SQLite would take a null pointer for NULL.
      code = sqlite3_bind_text64(handle, position, text.data() ? text.data() : "", text.size(), nullptr, SQLITE_UTF8);
    }
    if (code != SQLITE_OK) bound_ = code;
  }
}

sqlite_statement::execution::~execution() {
  const auto& database = statement_.database_;
  auto* const handle = statement_.handle_.get();
  (void)database.guarded([&] { return sqlite3_reset(handle); });  // the error of the last step, which was returned
  if (!database.broken()) sqlite3_clear_bindings(handle);
}

result<bool> sqlite_statement::execution::next() {
  if (bound_ != SQLITE_OK) return statement_.database_.fault(bound_);
  const int code = statement_.database_.guarded([&] { return sqlite3_step(statement_.handle_.get()); });
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return statement_.database_.fault(code);
}

std::int64_t sqlite_statement::execution::integer(int column) const {
  return sqlite3_column_int64(statement_.handle_.get(), column);
}

std::string sqlite_statement::execution::text(int column) const {
  auto* handle = statement_.handle_.get();
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle, column));
  return data == nullptr ? std::string() : std::string(data, size(column));
}

std::size_t sqlite_statement::execution::size(int column) const {
  return static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle_.get(), column));
}

}  // namespace sundown::storage
