#pragma once

#include <sundown/error.hpp>

#include <sundown/sqlite/connection.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include <sys/types.h>

namespace sundown::sqlite {

/// Tells whether an open database is still the one on the disk: the database file, its log (-wal) and its index (-shm).
///
/// SQLite holds the files open and asks for their names no more. A write into a file that was deleted or replaced is
/// acknowledged, and gone with the process. The index is mapped into memory, where a touch of a part that was cut off
/// ends the process (SIGBUS). So each read asks before it begins, each transaction before it begins and once more
/// before it is answered: a few stat calls. A descriptor is no way to ask: closing it would take SQLite's locks off the
/// file. A file that is put back under its name is well again. A file that was cut is not, since nobody knows what
/// SQLite has in memory of it: that needs a restart, which finds in the log all that was acknowledged.
/// An index that is cut in the middle of a call ends that call alone (see bus.hpp). Not seen: a file that is
/// overwritten in its place.
/// Thread safety: any thread, except check_sizes().
class guard {
 public:
  /// `opened` has its log and index in use.
  explicit guard(const connection& opened);
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;

  /// Why a read would be the end of the process, or read a damaged file.
  std::optional<error> refuses_reads();
  /// Why a write would be lost. Everything that refuses reads does.
  std::optional<error> refuses_writes();
  /// Finds out whether log and database file have all that they must, where one is shorter than it was; that can be in
  /// order, after a checkpoint or VACUUM of another process. If it isn't, writes are refused from then on. On the
  /// writer's thread, with its connection and without a transaction; before each transaction, and after each COMMIT,
  /// with whose end the log may be no shorter from then on.
  void check_sizes(connection& writer);
  /// The log is shorter than check_sizes() has found it: for a look within a transaction, which checks nothing further.
  bool log_is_shorter() const;

  /// The database file itself is in its place.
  bool in_place() const;
  /// SQLite has found a damaged page: refuses writes until the restart.
  void damaged(const std::string& detail);
  /// A call has met what was cut off the index.
  void index_was_cut() noexcept { index_cut_.store(true, std::memory_order_release); }
  /// The index was cut: no connection may touch it any more, not even to close in order.
  bool index_cut() const noexcept { return index_cut_.load(std::memory_order_acquire); }

 private:
  struct watched {
    std::string name;
    dev_t device = 0;
    ino_t inode = 0;
    std::atomic<std::int64_t> size{0};

    bool begin(std::string file);
    /// Looks again: what is wrong with its name, "" if it leads to the same file, of `now` bytes.
    std::string look(std::int64_t& now) const;
  };

  std::optional<error> lost(const watched& what) const;

  watched path_;  // by the configured name, which may be a symbolic link
  watched log_, index_;
  std::atomic<bool> index_cut_{false}, damaged_{false};
  std::mutex mutex_;
  std::string damage_;  // guarded by mutex_, set once
};

}  // namespace sundown::sqlite
