#pragma once

#include "app/notes/note_store.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sundown::storage {

/// How a note is kept where only text can be, such as a cache. Not the HTTP representation, which changes on its own.
std::string to_text(const note& what);

/// Nothing if the text is no note, for example one that another version of this program has written.
std::optional<note> from_text(std::string_view text);

}  // namespace sundown::storage
