#pragma once

#include <sundown/error.hpp>
#include <sundown/http/request.hpp>
#include <sundown/storage/note_store.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sundown::app {

/// {"title": "...", "body": "..."}: at least one of them not empty, other members are ignored.
result<storage::note_draft> parse_draft(std::string_view json);

std::string to_json(const storage::note& one);
std::string to_json(const storage::note_page& page);

/// The note's version as a strong entity tag (RFC 9110 §8.8.3): "\"3\"".
std::string etag_of(const storage::note& one);

/// What If-Match asks for (RFC 9110 §13.1.1).
struct if_match {
  bool given = false;
  bool any = false;                           ///< "*"
  std::optional<std::uint64_t> version = {};  ///< none: the field names no tag of ours, so nothing can match
};
if_match read_if_match(std::string_view field);

/// Whether If-None-Match holds this tag or "*": then a GET is answered 304 (RFC 9110 §13.1.2).
bool none_match_holds(std::string_view field, std::string_view etag);

}  // namespace sundown::app
