#include "storage/sqlite/watch.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace sundown::sqlite {

namespace {

constexpr std::chrono::milliseconds rescue_patience{50};

/// Open descriptors go on writing whatever the permissions are; the next process has none yet.
std::string not_writable(const std::filesystem::path& file) {
  for (const auto& each : {file, file.has_parent_path() ? file.parent_path() : std::filesystem::path(".")}) {
    if (faccessat(AT_FDCWD, each.c_str(), R_OK | W_OK, AT_EACCESS) == 0) continue;
    return each.string() + " is no longer writable for uid " + std::to_string(geteuid()) +
           ": writes are still stored, but the next start will fail";
  }
  return {};
}

}  // namespace

void watch::look(detail::prepared_connection& writer) {
  auto& database = writer.database;
  guard_.check_sizes(database);
  if (const auto why = found(writer)) {
    const bool news = told_ != health::down;
    if (news && !guard_.index_cut() && !database.damaged()) (void)database.checkpoint(rescue_patience);
    return tell(health::down, why->detail);
  }
  const auto risk = not_writable(database.file());
  tell(risk.empty() ? health::well : health::at_risk, risk);
}

void watch::tell(health how, const std::string& why) {
  if (how == told_ && why == told_why_) return;
  told_ = how;
  told_why_ = why;
  if (listener_) listener_(how, why);
}

std::optional<error> watch::found(detail::prepared_connection& writer) {
  if (auto refused = guard_.refuses_writes()) return refused;
  if (auto failed = requests_fail(writer)) return failed;
  if (!try_a_write_.load(std::memory_order_relaxed)) return std::nullopt;
  auto failed = write_fails(writer.database);
  if (!failed) try_a_write_.store(false, std::memory_order_relaxed);
  return failed;
}

/// By the statements that requests use: a table, a column, a trigger may be another's work.
std::optional<error> watch::requests_fail(detail::prepared_connection& writer) {
  const auto failed = [&](const auto& outcome) -> std::optional<error> {
    if (outcome || outcome.error().code == errc::timed_out) return std::nullopt;
    if (writer.database.damaged()) guard_.damaged(outcome.error().detail);
    return outcome.error();
  };
  if (auto read = failed(read_as_requests_do(writer))) return read;
  return failed(rehearse_writes(writer));
}

result<void> watch::read_as_requests_do(detail::prepared_connection& writer) {
  if (type_.rehearse_reads) return type_.rehearse_reads(writer.statements.get());
  const auto read = writer.database.read("SELECT count(*) FROM sqlite_schema");
  return read ? result<void>() : read.error();
}

/// Nothing while another process writes.
result<void> watch::rehearse_writes(detail::prepared_connection& writer) {
  auto& database = writer.database;
  if (!type_.rehearse_writes || database.in_transaction()) return {};
  if (auto begun = database.begin_at_once(); !begun) {
    if (begun.error().code == errc::timed_out) return {};
    return begun;
  }
  auto done = type_.rehearse_writes(writer.statements.get());
  if (database.in_transaction()) {
    if (auto undone = database.execute("ROLLBACK"); done && !undone) return undone;
  }
  return done;
}

/// Writes a page that is what it was, and as durably as a write.
std::optional<error> watch::write_fails(connection& database) {
  const auto version = database.read("PRAGMA user_version");
  auto written = version ? database.execute(("PRAGMA user_version = " + *version).c_str()) : version.error();
  if (written || written.error().code == errc::timed_out) return std::nullopt;
  return written.error();
}

}  // namespace sundown::sqlite
