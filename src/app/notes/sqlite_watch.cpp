#include "app/notes/sqlite_watch.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace sundown::storage {

namespace {

constexpr std::chrono::milliseconds rescue_patience{50};

/// Open descriptors go on writing whatever the permissions are; the next process has none yet.
std::string not_writable(const std::filesystem::path& file) {
  for (const auto& each : {file, file.has_parent_path() ? file.parent_path() : std::filesystem::path(".")}) {
    if (faccessat(AT_FDCWD, each.c_str(), R_OK | W_OK, AT_EACCESS) == 0) continue;
    return each.string() + " is no longer writable for uid " + std::to_string(geteuid()) +
           ": notes are still stored, but the next start will fail";
  }
  return {};
}

}  // namespace

void sqlite_watch::look(sqlite_notes& writer) {
  auto& database = writer.database();
  guard_.check_sizes(database);
  if (const auto why = found(writer)) {
    const bool news = told_ != sqlite_health::down;
    if (news && !guard_.index_cut() && !database.damaged()) (void)database.checkpoint(rescue_patience);
    return tell(sqlite_health::down, why->detail);
  }
  const auto risk = not_writable(database.file());
  tell(risk.empty() ? sqlite_health::well : sqlite_health::at_risk, risk);
}

void sqlite_watch::tell(sqlite_health how, const std::string& why) {
  if (how == told_ && why == told_why_) return;
  told_ = how;
  told_why_ = why;
  if (listener_) listener_(how, why);
}

std::optional<error> sqlite_watch::found(sqlite_notes& writer) {
  if (auto refused = guard_.refuses_writes()) return refused;
  if (auto failed = requests_fail(writer)) return failed;
  if (!try_a_write_.load(std::memory_order_relaxed)) return std::nullopt;
  auto failed = write_fails(writer.database());
  if (!failed) try_a_write_.store(false, std::memory_order_relaxed);
  return failed;
}

/// By the statements that requests use: a table, a column, a trigger may be another's work.
std::optional<error> sqlite_watch::requests_fail(sqlite_notes& writer) {
  const auto failed = [&](const auto& outcome) -> std::optional<error> {
    if (outcome || outcome.error().code == errc::timed_out) return std::nullopt;
    if (writer.database().damaged()) guard_.damaged(outcome.error().detail);
    return outcome.error();
  };
  if (auto read = failed(writer.greatest_id())) return read;
  if (auto read = failed(writer.list(1, ""))) return read;
  return failed(writer.rehearse());
}

/// Writes a page that is what it was, and as durably as a note.
std::optional<error> sqlite_watch::write_fails(sqlite_database& database) {
  const auto version = database.read("PRAGMA user_version");
  auto written = version ? database.execute(("PRAGMA user_version = " + *version).c_str()) : version.error();
  if (written || written.error().code == errc::timed_out) return std::nullopt;
  return written.error();
}

}  // namespace sundown::storage
