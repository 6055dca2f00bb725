#pragma once

#include <sundown/error.hpp>
#include <sundown/sqlite/connection.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

struct sqlite3_stmt;

namespace sundown::sqlite {

class statement;
using blob = std::span<const std::byte>;

/// A value to bind to a parameter: NULL, INTEGER, REAL, TEXT or BLOB. Text and bytes are not copied (a temporary
/// std::string is): they must outlive the cursor.
class value {
 public:
  // NOLINTBEGIN(google-explicit-constructor): the list of values reads as such
  value(std::nullptr_t) noexcept {}
  /// An unsigned 64 bit number has no place in an INTEGER: cast it.
  template <std::integral Number>
    requires(std::is_signed_v<Number> || sizeof(Number) < sizeof(std::int64_t))
  value(Number number) noexcept : held_(static_cast<std::int64_t>(number)) {}
  template <std::floating_point Number>
  value(Number number) noexcept : held_(static_cast<double>(number)) {}
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view>
  value(const Text& text) noexcept : held_(std::string_view(text)) {}
  value(std::string&& text) noexcept : held_(std::string_view(text)), temporary_(true) {}
  value(blob bytes) noexcept : held_(bytes) {}
  template <class T>
  value(const std::optional<T>& perhaps) : value(perhaps ? value(*perhaps) : value(nullptr)) {}
  // NOLINTEND(google-explicit-constructor)

 private:
  friend class cursor;
  std::variant<std::monostate, std::int64_t, double, std::string_view, blob> held_;
  bool temporary_ = false;
};

/// One run of a statement, which must outlive it: row by row. Its end resets the statement, so that no read
/// transaction stays open.
///
/// A column is read by the type that it is wanted in, by the rules of SQLite's conversions
/// (https://sqlite.org/c3ref/column_blob.html); only after next() has said true.
class cursor {
 public:
  cursor(const cursor&) = delete;
  cursor& operator=(const cursor&) = delete;
  ~cursor();

  /// Steps to the next row; false when there is none.
  result<bool> next();
  /// Steps to the next row; `not_found` with this text if there is none.
  result<void> require(const std::string& missing);

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::vector<std::byte> bytes(int column) const;
  /// Bytes of its text or blob.
  std::size_t size(int column) const;

 private:
  friend class statement;
  cursor(statement& from, std::initializer_list<value> values);
  int bind(int position, const value& bound);

  statement& statement_;
  int bound_;
};

/// A prepared statement of one connection, which must outlive it. Parameters are ?1, ?2, ... in the order of the
/// values. Thread safety: none; one thread at a time, one cursor at a time.
class statement {
 public:
  /// Throws startup_error when the SQL doesn't fit the database.
  statement(const connection& on, std::string_view sql);
  statement(statement&&) = default;
  ~statement();

  cursor run(std::initializer_list<value> values = {}) { return {*this, values}; }
  /// Runs to the end, for what returns no rows that matter.
  result<void> execute(std::initializer_list<value> values = {});

 private:
  friend class cursor;
  struct finalizer {
    void operator()(sqlite3_stmt* handle) const noexcept;
  };
  const connection& connection_;
  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
};

}  // namespace sundown::sqlite
