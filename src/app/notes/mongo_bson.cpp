#include "app/notes/mongo_bson.hpp"

#include <optional>
#include <string>

namespace sundown::storage {

namespace {

constexpr std::size_t document_limit = (16 << 20) - (1 << 10);  // the server's 16 MiB, without what is around the text

int length(std::string_view text) { return static_cast<int>(text.size()); }

std::optional<std::string> find_text(const bson_t* document, const char* key) {
  bson_iter_t at;
  if (!bson_iter_init_find(&at, document, key) || !BSON_ITER_HOLDS_UTF8(&at)) return std::nullopt;
  std::uint32_t size = 0;
  const char* const text = bson_iter_utf8(&at, &size);
  return std::string(text, size);
}

std::optional<std::int64_t> find_integer(const bson_t* document, const char* key) {
  bson_iter_t at;
  if (!bson_iter_init_find(&at, document, key) || !BSON_ITER_HOLDS_NUMBER(&at)) return std::nullopt;
  return bson_iter_as_int64(&at);
}

error no_note(const std::optional<std::string>& id) {
  return {errc::unavailable, "the collection holds a document that is no note" + (id ? ": _id " + *id : "")};
}

}  // namespace

bson_document& bson_document::text(std::string_view key, std::string_view value) {
  bson_append_utf8(&value_, key.data(), length(key), value.data(), length(value));
  return *this;
}

bson_document& bson_document::integer(std::string_view key, std::int64_t value) {
  bson_append_int64(&value_, key.data(), length(key), value);
  return *this;
}

bson_document& bson_document::flag(std::string_view key, bool value) {
  bson_append_bool(&value_, key.data(), length(key), value);
  return *this;
}

bson_document& bson_document::document(std::string_view key, const bson_document& value) {
  bson_append_document(&value_, key.data(), length(key), value.get());
  return *this;
}

bson_document& bson_document::array(std::string_view key, const bson_document& value) {
  bson_append_array(&value_, key.data(), length(key), value.get());
  return *this;
}

bool fits_document(std::string_view title, std::string_view body) {
  return title.size() <= document_limit && body.size() <= document_limit - title.size();
}

void append_note(bson_document& to, const note& what) {
  to.text("_id", what.id)
      .text("title", what.title)
      .text("body", what.body)
      .integer("created_ms", what.created_ms)
      .integer("updated_ms", what.updated_ms)
      .integer("version", static_cast<std::int64_t>(what.version));
}

result<note> read_note(const bson_t* document) {
  auto id = find_text(document, "_id"), title = find_text(document, "title"), body = find_text(document, "body");
  const auto created = find_integer(document, "created_ms"), updated = find_integer(document, "updated_ms"),
             version = find_integer(document, "version");
  if (!id || !title || !body || !created || !updated || !version) return no_note(id);
  return note{std::move(*id), std::move(*title), std::move(*body),
              *created,       *updated,          static_cast<std::uint64_t>(*version)};
}

std::string read_id(const bson_t* document) { return find_text(document, "_id").value_or(""); }

result<std::uint64_t> read_version(const bson_t* document) {
  const auto version = find_integer(document, "version");
  if (!version) return no_note(find_text(document, "_id"));
  return static_cast<std::uint64_t>(*version);
}

}  // namespace sundown::storage
