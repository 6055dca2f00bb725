#include "app/notes/sqlite_events.hpp"

#include <utility>

namespace sundown::storage {

namespace outboxes = http_client;

sqlite_events::sqlite_events(sqlite::connection& on)
    : add_(on, "INSERT INTO note_event (note, version, what, at_ms, traceparent) VALUES (?1, ?2, ?3, ?4, ?5)"),
      add_turn_(on,
                "INSERT INTO note_turn (note, due_ms, since_ms, failures, holder) VALUES (?1, ?2, ?2, 0, '')"
                " ON CONFLICT (note) DO NOTHING"),
      due_(on, "SELECT note, failures FROM note_turn WHERE due_ms <= ?1 ORDER BY due_ms LIMIT ?2"),
      hold_(on, "UPDATE note_turn SET due_ms = ?2, holder = ?3 WHERE note = ?1"),
      oldest_(on, "SELECT version, what, at_ms, traceparent FROM note_event WHERE note = ?1 ORDER BY version LIMIT ?2"),
      forget_(on, "DELETE FROM note_event WHERE note = ?1 AND version <= CAST(?2 AS INTEGER)"),
      end_turn_(on, "DELETE FROM note_turn WHERE note = ?1 AND NOT EXISTS (SELECT 1 FROM note_event WHERE note = ?1)"),
      next_turn_(on,
                 "UPDATE note_turn SET due_ms = ?3, failures = ?4, holder = '',"
                 " since_ms = (SELECT at_ms FROM note_event WHERE note = ?1 ORDER BY version LIMIT 1)"
                 " WHERE note = ?1 AND holder = ?2"),
      backlog_(on, "SELECT count(*), min(since_ms) FROM note_turn") {}

result<void> sqlite_events::add(const std::string& note, const note_event& what) {
  const sqlite::value parent = what.traceparent.empty() ? sqlite::value(nullptr) : sqlite::value(what.traceparent);
  if (auto added = add_.execute({note, static_cast<std::int64_t>(what.version), what.kind, what.at_ms, parent}); !added)
    return added;
  return add_turn_.execute({note, what.at_ms});
}

result<bool> sqlite_events::any_due(std::int64_t now_ms) { return due_.run({now_ms, 1}).next(); }

result<std::vector<outboxes::outbox_turn>> sqlite_events::claim(const outboxes::outbox_claim& how) {
  auto turns = due(how);
  if (!turns) return turns;
  for (auto& each : *turns)
    if (auto taken = take(each, how); !taken) return taken.error();
  return turns;
}

result<std::vector<outboxes::outbox_turn>> sqlite_events::due(const outboxes::outbox_claim& how) {
  std::vector<outboxes::outbox_turn> turns;
  auto row = due_.run({how.now_ms, static_cast<std::int64_t>(how.subjects)});
  for (;;) {
    const auto found = row.next();
    if (!found) return found.error();
    if (!*found) return turns;
    turns.emplace_back(row.text(0), std::vector<outboxes::outbox_event>(), static_cast<std::uint64_t>(row.integer(1)));
  }
}

result<void> sqlite_events::take(outboxes::outbox_turn& into, const outboxes::outbox_claim& how) {
  if (auto held = hold_.execute({into.subject, how.until_ms, how.holder}); !held) return held;
  auto row = oldest_.run({into.subject, static_cast<std::int64_t>(how.events)});
  for (;;) {
    const auto found = row.next();
    if (!found) return found.error();
    if (!*found) return {};
    const note_event what(row.text(1), static_cast<std::uint64_t>(row.integer(0)), row.integer(2), row.text(3));
    into.events.push_back(to_outbox(into.subject, what, row.text(0)));
  }
}

result<void> sqlite_events::settle(const outboxes::outbox_outcome& what, const std::string& holder,
                                   std::int64_t now_ms) {
  const auto& subject = what.turn.subject;
  if (what.delivered > 0) {
    const auto& last = what.turn.events[what.delivered - 1].key;
    if (auto forgotten = forget_.execute({subject, last}); !forgotten) return forgotten;
  }
  if (auto ended = end_turn_.execute({subject}); !ended) return ended;
  const auto failures = (what.delivered > 0 ? 0 : what.turn.failures) + (what.failed ? 1 : 0);
  return next_turn_.execute({subject, holder, now_ms + what.pause.count(), static_cast<std::int64_t>(failures)});
}

result<outboxes::outbox_backlog> sqlite_events::backlog() {
  auto row = backlog_.run();
  if (auto found = row.require("no count"); !found) return found.error();
  outboxes::outbox_backlog counted;
  counted.subjects = static_cast<std::uint64_t>(row.integer(0));
  counted.oldest_ms = row.integer(1);
  return counted;
}

}  // namespace sundown::storage
