#pragma once

#include "app/notes/note_store.hpp"

#include "storage/mongodb/driver.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sundown::storage {

/// A document that is put together: text("_id", id).integer("version", 1). An empty one can take the driver's reply.
class bson_document {
 public:
  bson_document() { bson_init(&value_); }
  ~bson_document() { bson_destroy(&value_); }
  bson_document(const bson_document&) = delete;
  bson_document& operator=(const bson_document&) = delete;

  bson_document& text(std::string_view key, std::string_view value);
  bson_document& integer(std::string_view key, std::int64_t value);
  bson_document& flag(std::string_view key, bool value);
  bson_document& document(std::string_view key, const bson_document& value);
  bson_document& array(std::string_view key, const bson_document& value);

  const bson_t* get() const noexcept { return &value_; }
  bson_t* get() noexcept { return &value_; }

 private:
  bson_t value_;
};

/// Too large for a document: told before one is made, since the driver counts in 32 bits.
bool fits_document(std::string_view title, std::string_view body);

/// How a note is kept: {_id: id, title, body, created_ms, updated_ms, version}, the numbers as 64-bit integers.
void append_note(bson_document& to, const note& what);
/// `unavailable` if the document is no note of ours.
result<note> read_note(const bson_t* document);
/// "" if it is no text.
std::string read_id(const bson_t* document);
result<std::uint64_t> read_version(const bson_t* document);

}  // namespace sundown::storage
