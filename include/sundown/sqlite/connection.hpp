#pragma once

#include <sundown/error.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

struct sqlite3;

namespace sundown::sqlite {

/// One connection to a database file. Failures are values that name the file and what to do.
///
/// A service's statements are given one, and use statement (statement.hpp) on it; the transactions are the writer's.
/// Thread safety: none; one thread at a time.
class connection {
 public:
  /// Opens or creates the file; the lock of another process is waited for at most `busy_timeout`. `key` is the
  /// configuration's key of the path, for advice.
  static result<connection> open(std::filesystem::path file, std::chrono::milliseconds busy_timeout,
                                 std::string key = "storage.sqlite.path");
  connection(connection&&) = default;
  ~connection();

  const std::filesystem::path& file() const noexcept { return file_; }
  const std::string& key() const noexcept { return key_; }
  /// Runs statements that return no rows.
  result<void> execute(const char* sql);
  /// The first column of the first row.
  result<std::string> read(const char* sql);

  // What follows is for the library.

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
  /// The index was cut short under a call: all calls that follow are refused, and the connection is left as it is,
  /// since closing it would touch the index again.
  bool broken() const noexcept { return broken_; }
  /// Runs call(with), C code with nothing to destroy in between, and returns its result code, or SQLITE_IOERR_SHMMAP
  /// where a bus error breaks the connection.
  int guarded(int (*call)(void*), void* with) const noexcept;
  template <class Call>
  int guarded(Call call) const noexcept {
    return guarded([](void* with) { return (*static_cast<Call*>(with))(); }, &call);
  }
  sqlite3* native() const noexcept { return handle_.get(); }
  /// What an SQLite result code other than OK, ROW, DONE means to the one who runs the service.
  error fault(int code) const;

 private:
  struct closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  connection(std::unique_ptr<sqlite3, closer> handle, std::filesystem::path file, std::chrono::milliseconds timeout,
             std::string key);

  std::unique_ptr<sqlite3, closer> handle_;
  std::filesystem::path file_;
  std::chrono::milliseconds busy_timeout_;
  std::string key_;
  mutable bool damaged_ = false, broken_ = false;
};

}  // namespace sundown::sqlite
