#include "app/notes/mongo_bson.hpp"

#include <optional>
#include <string>

namespace sundown::storage {

namespace {

using mongodb::find_integer;
using mongodb::find_text;

constexpr std::size_t document_limit = (16 << 20) - (1 << 10);  // the server's 16 MiB, without what is around the text

error no_note(const std::optional<std::string>& id) {
  return {errc::unavailable, "the collection holds a document that is no note" + (id ? ": _id " + *id : "")};
}

}  // namespace

bool fits_document(std::string_view title, std::string_view body) {
  return title.size() <= document_limit && body.size() <= document_limit - title.size();
}

void append_note(mongodb::document& document, const note& fresh) {
  document.text("_id", fresh.id)
      .text("title", fresh.title)
      .text("body", fresh.body)
      .integer("created_ms", fresh.created_ms)
      .integer("updated_ms", fresh.updated_ms)
      .integer("version", static_cast<std::int64_t>(fresh.version));
}

result<note> read_note(const mongodb::driver_document* document) {
  auto id = find_text(document, "_id"), title = find_text(document, "title"), body = find_text(document, "body");
  const auto created = find_integer(document, "created_ms"), updated = find_integer(document, "updated_ms"),
             version = find_integer(document, "version");
  if (!id || !title || !body || !created || !updated || !version) return no_note(id);
  return note{std::move(*id), std::move(*title), std::move(*body),
              *created,       *updated,          static_cast<std::uint64_t>(*version)};
}

std::string read_id(const mongodb::driver_document* document) { return find_text(document, "_id").value_or(""); }

result<std::uint64_t> read_version(const mongodb::driver_document* document) {
  const auto version = find_integer(document, "version");
  if (!version) return no_note(find_text(document, "_id"));
  return static_cast<std::uint64_t>(*version);
}

}  // namespace sundown::storage
