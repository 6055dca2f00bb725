#pragma once

#include <sundown/call_context.hpp>
#include <sundown/http_client/outbox.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sundown::storage {

/// What has happened to a note: "created", "replaced" or "deleted", which has the version after the last one. So no two
/// events of a note have the same version, and their order is that of the versions.
struct note_event {
  note_event() = default;
  note_event(std::string its_kind, std::uint64_t its_version, std::int64_t time, std::string parent = {})
      : kind(std::move(its_kind)), version(its_version), at_ms(time), traceparent(std::move(parent)) {}

  std::string kind;
  std::uint64_t version = 0;
  std::int64_t at_ms = 0;   ///< since the Unix epoch
  std::string traceparent;  ///< of the span of its write; "": it was in no trace
};

/// What an event says of the span that a write is a part of.
inline std::string traceparent_of(const call_context& asked) {
  return asked.parent() ? asked.parent().where().traceparent().str() : std::string();
}

/// As one word per member: "2 replaced 1795348428446", and one more of a write in a trace.
std::string to_text(const note_event& what);
/// Nothing if the text is no event.
std::optional<note_event> event_from_text(std::string_view text);

/// As the webhook sends it: the id is the note's, and its version; `key` is what the store knows the event by.
http_client::outbox_event to_outbox(const std::string& note, const note_event& what, std::string key);

}  // namespace sundown::storage
