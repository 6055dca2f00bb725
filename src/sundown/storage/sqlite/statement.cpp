#include <sundown/sqlite/statement.hpp>

#include <sqlite3.h>

namespace sundown::sqlite {

void statement::finalizer::operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }

statement::statement(const connection& on, std::string_view sql) : connection_(on) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(on.native(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &handle, nullptr);
  handle_.reset(handle);
  if (code != SQLITE_OK) throw startup_error(on.fault(code).detail);
}

statement::~statement() {
  if (connection_.broken()) (void)handle_.release();
}

result<void> statement::execute(std::initializer_list<value> values) {
  auto rows = run(values);
  for (;;) {
    const auto more = rows.next();
    if (!more) return more.error();
    if (!*more) return {};
  }
}

cursor::cursor(statement& from, std::initializer_list<value> values) : statement_(from), bound_(SQLITE_OK) {
  int position = 0;
  for (const auto& bound : values) {
    if (const int code = bind(++position, bound); code != SQLITE_OK) bound_ = code;
  }
}

/// An empty view may have no data, and SQLite would take a null pointer for NULL.
int cursor::bind(int position, const value& bound) {
  auto* const handle = statement_.handle_.get();
  // SQLITE_TRANSIENT by its value, without the old-style cast of its macro: SQLite takes a copy.
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const auto keep = bound.temporary_ ? reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1}) : nullptr;
  if (const auto* number = std::get_if<std::int64_t>(&bound.held_))
    return sqlite3_bind_int64(handle, position, *number);
  if (const auto* number = std::get_if<double>(&bound.held_)) return sqlite3_bind_double(handle, position, *number);
  if (const auto* text = std::get_if<std::string_view>(&bound.held_)) {
    return sqlite3_bind_text64(handle, position, text->data() ? text->data() : "", text->size(), keep, SQLITE_UTF8);
  }
  if (const auto* bytes = std::get_if<blob>(&bound.held_)) {
    const void* const data = bytes->data();
    return sqlite3_bind_blob64(handle, position, data ? data : "", bytes->size(), nullptr);
  }
  return sqlite3_bind_null(handle, position);
}

cursor::~cursor() {
  const auto& on = statement_.connection_;
  auto* const handle = statement_.handle_.get();
  (void)on.guarded([&] { return sqlite3_reset(handle); });  // the error of the last step, which was returned
  if (!on.broken()) sqlite3_clear_bindings(handle);
}

result<bool> cursor::next() {
  const auto& on = statement_.connection_;
  if (bound_ != SQLITE_OK) return on.fault(bound_);
  const int code = on.guarded([&] { return sqlite3_step(statement_.handle_.get()); });
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return on.fault(code);
}

result<void> cursor::require(const std::string& missing) {
  const auto found = next();
  if (!found) return found.error();
  if (!*found) return error{errc::not_found, missing};
  return {};
}

bool cursor::is_null(int column) const { return sqlite3_column_type(statement_.handle_.get(), column) == SQLITE_NULL; }

std::int64_t cursor::integer(int column) const { return sqlite3_column_int64(statement_.handle_.get(), column); }

double cursor::real(int column) const { return sqlite3_column_double(statement_.handle_.get(), column); }

std::string cursor::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.handle_.get(), column));
  return data == nullptr ? std::string() : std::string(data, size(column));
}

std::vector<std::byte> cursor::bytes(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_.handle_.get(), column));
  if (data == nullptr) return {};
  return {data, data + size(column)};
}

std::size_t cursor::size(int column) const {
  return static_cast<std::size_t>(sqlite3_column_bytes(statement_.handle_.get(), column));
}

}  // namespace sundown::sqlite
