#pragma once

#include <sundown/error.hpp>

#include "storage/sqlite/bus.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

struct sqlite3;
struct sqlite3_stmt;

namespace sundown::storage {

/// One connection to a SQLite database file. Failures are values that name the file and what to do.
/// Thread safety: none; one thread at a time.
class sqlite_database {
 public:
  sqlite_database(sqlite_database&&) = default;
  ~sqlite_database() {
    if (broken_) (void)handle_.release();
  }

  /// Opens or creates the file; the lock of another process is waited for at most `busy_timeout`.
  static result<sqlite_database> open(std::filesystem::path file, std::chrono::milliseconds busy_timeout);

  /// Runs statements that return no rows.
  result<void> execute(const char* sql);
  /// The first column of the first row.
  result<std::string> read(const char* sql);
  result<void> set_busy_timeout(std::chrono::milliseconds timeout);

  /// Begins a transaction that may write, without waiting for the lock of another process: timed_out.
  result<void> begin_at_once();
  bool in_transaction() const noexcept;
  bool read_only() const noexcept;
  /// How many pages the log (-wal) holds, after moving what can be moved without waiting into the database file; an
  /// error if they can't be read.
  result<std::int64_t> frames_in_log();
  /// Moves the log into the database file and empties it; waits for readers no longer than `patience`, and leaves then
  /// what they need.
  result<void> checkpoint(std::chrono::milliseconds patience);
  /// Closing this connection leaves the log and the index as they are: they may be another's.
  void leave_log_behind() noexcept;
  /// A page was found damaged, or the whole file.
  bool damaged() const noexcept { return damaged_; }
  /// The index was cut short under a call (see sqlite_bus.hpp): all that follow are refused, and the connection is left
  /// as it is, since closing it would touch the index again.
  bool broken() const noexcept { return broken_; }
  /// Runs the call and returns its result code, SQLITE_IOERR_SHMMAP where it breaks the connection.
  template <class Call>
  int guarded(Call call) const noexcept {
    struct frame {
      Call& call;
      int code;
    } within{call, 0};
    const auto run = [](void* with) {
      auto& called = *static_cast<frame*>(with);
      called.code = called.call();
    };
    if (!broken_ && survives_bus_error(run, &within)) return within.code;
    return break_off();
  }

  const std::filesystem::path& file() const noexcept { return file_; }
  sqlite3* native() const noexcept { return handle_.get(); }
  /// What an SQLite result code other than OK, ROW, DONE means to the one who runs the service.
  error fault(int code) const;

 private:
  struct closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  sqlite_database(std::unique_ptr<sqlite3, closer> handle, std::filesystem::path file,
                  std::chrono::milliseconds timeout)
      : handle_(std::move(handle)), file_(std::move(file)), busy_timeout_(timeout) {}
  int break_off() const noexcept;

  std::unique_ptr<sqlite3, closer> handle_;
  std::filesystem::path file_;
  std::chrono::milliseconds busy_timeout_;
  mutable bool damaged_ = false, broken_ = false;
};

using sqlite_value = std::variant<std::int64_t, std::string_view>;

/// A prepared statement of one connection, which must outlive it.
class sqlite_statement {
 public:
  /// One execution. Resets the statement at its end, so that no read transaction stays open.
  class execution {
   public:
    execution(sqlite_statement& statement, std::initializer_list<sqlite_value> values);
    execution(const execution&) = delete;
    execution& operator=(const execution&) = delete;
    ~execution();

    /// Steps to the next row; false when there is none.
    result<bool> next();
    std::int64_t integer(int column) const;
    std::string text(int column) const;
    /// Bytes of its text.
    std::size_t size(int column) const;

   private:
    sqlite_statement& statement_;
    int bound_;
  };

  /// Throws startup_error when the SQL doesn't fit the database.
  sqlite_statement(const sqlite_database& database, std::string_view sql);
  ~sqlite_statement() {
    if (database_.broken()) (void)handle_.release();
  }

  /// Values are bound by position and not copied: they must outlive the execution.
  execution run(std::initializer_list<sqlite_value> values = {}) { return execution(*this, values); }

 private:
  struct finalizer {
    void operator()(sqlite3_stmt* handle) const noexcept;
  };
  const sqlite_database& database_;
  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
};

}  // namespace sundown::storage
