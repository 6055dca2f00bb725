#include "storage/sqlite/guard.hpp"

#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <sys/stat.h>

namespace sundown::sqlite {

namespace {

constexpr auto restart = " was cut short while in use: restart the service, which takes over what the log still has";

constexpr std::size_t header_size = 100;  // of a database file
constexpr std::int64_t log_header_size = 32;
constexpr std::int64_t frame_header_size = 24;  // of each page in it

/// What the database file itself says of its size; nothing if it is none.
std::optional<std::int64_t> size_by_header(sqlite3* handle) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  std::array<unsigned char, header_size> header;
  if (!file || !file->pMethods || file->pMethods->xRead(file, header.data(), header_size, 0) != SQLITE_OK) return {};
  constexpr std::string_view magic("SQLite format 3\0", 16);
  if (std::string_view(reinterpret_cast<const char*>(header.data()), magic.size()) != magic) return {};
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::int64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | header.at(at + i);
    return value;
  };
  const auto page = number(16, 2) == 1 ? 65'536 : number(16, 2);
  return page * number(28, 4);
}

}  // namespace

bool guard::watched::begin(std::string file) {
  name = std::move(file);
  struct stat now;
  if (::stat(name.c_str(), &now) != 0) return false;
  device = now.st_dev;
  inode = now.st_ino;
  size = now.st_size;
  return true;
}

std::string guard::watched::look(std::int64_t& now) const {
  struct stat found;
  if (::stat(name.c_str(), &found) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return "was moved or deleted";
    return "can't be looked at (" + std::generic_category().message(errno) + ')';
  }
  if (found.st_dev != device || found.st_ino != inode) return "was replaced by another file";
  now = found.st_size;
  return {};
}

guard::guard(const connection& opened) {
  // SQLite follows symbolic links once, at the start: log and index are beside the file that they led to.
  const std::string file = sqlite3_db_filename(opened.native(), "main");
  if (!path_.begin(opened.file().string()) || !log_.begin(file + "-wal") || !index_.begin(file + "-shm")) {
    throw startup_error("database " + path_.name + " was moved while it was opened: start again");
  }
}

std::optional<error> guard::refuses_reads() {
  std::int64_t size = 0;
  if (!index_cut() && index_.look(size).empty()) {
    auto largest = index_.size.load(std::memory_order_relaxed);
    if (size < largest) index_cut_.store(true, std::memory_order_release);
    while (size > largest && !index_.size.compare_exchange_weak(largest, size, std::memory_order_relaxed)) {
    }
  }
  if (!index_cut()) return std::nullopt;
  return error{errc::unavailable, "the database's index " + index_.name + restart};
}

std::optional<error> guard::refuses_writes() {
  if (auto unreadable = refuses_reads()) return unreadable;
  for (const auto* file : {&path_, &log_, &index_}) {
    if (auto gone = lost(*file)) return gone;
  }
  if (!damaged_.load(std::memory_order_acquire)) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  return error{errc::unavailable, damage_};
}

std::optional<error> guard::lost(const watched& what) const {
  std::int64_t size = 0;
  const auto how = what.look(size);
  if (how.empty()) return std::nullopt;
  return error{errc::unavailable,
               "database " + what.name + ' ' + how + " while in use: put it back or restart the service"};
}

bool guard::in_place() const { return !lost(path_); }

void guard::check_sizes(connection& writer) {
  if (refuses_reads()) return;
  std::int64_t size = 0;
  if (log_.look(size).empty()) {
    if (size < log_.size) {
      const auto frames = writer.frames_in_log();
      const auto page = writer.read("PRAGMA page_size");
      const bool known = frames && page;
      std::int64_t needed = 0;
      if (known && *frames > 0) needed = log_header_size + *frames * (frame_header_size + std::stoll(*page));
      if (!known || size < needed) return damaged("the database's log " + log_.name + restart);
    }
    log_.size = size;
  }
  if (path_.look(size).empty()) {
    if (size < path_.size && size_by_header(writer.native()).value_or(size + 1) > size) {
      return damaged("database " + path_.name + " was cut short while in use: restore it from a backup");
    }
    path_.size = size;
  }
}

bool guard::log_is_shorter() const {
  std::int64_t size = 0;
  return log_.look(size).empty() && size < log_.size;
}

void guard::damaged(const std::string& detail) {
  const std::scoped_lock lock(mutex_);
  if (damage_.empty()) damage_ = detail;
  damaged_.store(true, std::memory_order_release);
}

}  // namespace sundown::sqlite
