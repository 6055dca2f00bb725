#pragma once

#include <sundown/error.hpp>
#include "app/notes/note_store.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sundown::app {

/// {"title": "...", "body": "..."}: at least one of them not empty; one that is absent or null is empty.
result<storage::note_draft> parse_draft(std::string_view json);

/// In one text of the size that it needs: there is nothing else beside it and what it is made of.
std::string to_json(const storage::note& one);
std::string to_json(const storage::note_page& page);

/// RFC 3339, UTC, with milliseconds.
std::string time_text(std::int64_t since_epoch_ms);

/// A note's version as a strong entity tag (RFC 9110 §8.8.3): "\"3\"".
std::string etag_of(std::uint64_t version);

/// The id as it is stored, in lower case, of a UUID in any case (RFC 9562 §4); nothing if it is none.
std::optional<std::string> note_id(std::string_view text);

}  // namespace sundown::app
