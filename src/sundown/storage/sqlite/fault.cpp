#include <sundown/sqlite/connection.hpp>

#include <sqlite3.h>

#include <cerrno>
#include <system_error>

namespace sundown::sqlite {

namespace {

/// The log is where a transaction is written; SQLite forgets its error on the way out.
int last_error_of_log(sqlite3* handle) {
  sqlite3_file* log = nullptr;
  int number = 0;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&log));
  if (log && log->pMethods) log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
  return number;
}

bool means_full(int system_error) { return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG; }

}  // namespace

error connection::fault(int code) const {
  const auto name = file_.string();
  if (broken_) {
    return {errc::unavailable, "the index of database " + name +
                                   " was cut short under this call, the outcome is unknown: restart the service"};
  }
  int cause = handle_ ? sqlite3_system_errno(native()) : 0;
  if (cause == 0 && code == SQLITE_IOERR_WRITE) cause = last_error_of_log(native());
  const std::string reason = cause != 0 ? std::generic_category().message(cause) : sqlite3_errstr(code);
  const std::string full = "the file system of database " + name + " is full (" + reason + "): free some space";

  damaged_ |= (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {errc::timed_out, "database " + name + " stayed locked by another process for " +
                                   std::to_string(busy_timeout_.count()) + " ms: end that process or its transaction"};
    case SQLITE_FULL:
      return {errc::unavailable, full};
    case SQLITE_READONLY:
      return {errc::unavailable, "database " + name + " is read-only: make it and its directory writable for uid " +
                                     std::to_string(geteuid()) + " or set " + key_};
    case SQLITE_IOERR:
      if (means_full(cause)) return {errc::unavailable, full};
      return {errc::unavailable,
              "cannot read or write database " + name + " (" + reason + "): check the disk and its mount"};
    case SQLITE_CORRUPT:
      return {errc::unavailable, "database " + name + " is damaged (" + sqlite3_errmsg(native()) +
                                     "): restore it from a backup, or save what can be with `sqlite3 " + name +
                                     " .recover`"};
    case SQLITE_NOTADB:
      return {errc::unavailable, name + " is not a SQLite database: move it away or set " + key_};
    case SQLITE_CANTOPEN:
      return {errc::unavailable, "cannot open database " + name + " (" + reason + "): make it and its directory " +
                                     "accessible for uid " + std::to_string(geteuid()) + " or set " + key_};
    case SQLITE_CONSTRAINT:
      if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_ROWID ||
          code == SQLITE_CONSTRAINT_FOREIGNKEY) {
        return {errc::conflict, "database " + name + ": " + sqlite3_errmsg(native())};
      }
      return {errc::unavailable, "database " + name + ": " + sqlite3_errmsg(native())};
    case SQLITE_TOOBIG:
      return {errc::invalid, "too large for database " + name, advice("It is too large to be stored.")};
    default:
      return {errc::unavailable, "database " + name + ": " + (handle_ ? sqlite3_errmsg(native()) : reason)};
  }
}

}  // namespace sundown::sqlite
