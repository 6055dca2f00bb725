#pragma once

#include "app/notes/note_store.hpp"

#include <sundown/mongodb/bson.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sundown::storage {

/// Whether a document has room for them: asked before one is made, since the driver counts in 32 bits.
bool fits_document(std::string_view title, std::string_view body);

/// How a note is kept: {_id: id, title, body, created_ms, updated_ms, version}, the numbers as 64-bit integers.
void append_note(mongodb::document& document, const note& fresh);
/// `unavailable` if the document is no note of ours.
result<note> read_note(const mongodb::driver_document* document);
/// "" if it is no text.
std::string read_id(const mongodb::driver_document* document);
result<std::uint64_t> read_version(const mongodb::driver_document* document);

}  // namespace sundown::storage
