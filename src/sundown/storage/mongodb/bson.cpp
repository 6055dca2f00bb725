#include <sundown/mongodb/bson.hpp>

#include "storage/mongodb/driver.hpp"

namespace sundown::mongodb {

namespace {

static_assert(sizeof(document) == sizeof(bson_t) && alignof(document) >= alignof(bson_t));

int length(std::string_view text) { return static_cast<int>(text.size()); }

}  // namespace

document::document() { bson_init(get()); }

document::~document() { bson_destroy(get()); }

const bson_t* document::get() const noexcept { return reinterpret_cast<const bson_t*>(value_); }

bson_t* document::get() noexcept { return reinterpret_cast<bson_t*>(value_); }

document& document::text(std::string_view key, std::string_view value) {
  bson_append_utf8(get(), key.data(), length(key), value.data(), length(value));
  return *this;
}

document& document::integer(std::string_view key, std::int64_t value) {
  bson_append_int64(get(), key.data(), length(key), value);
  return *this;
}

document& document::flag(std::string_view key, bool value) {
  bson_append_bool(get(), key.data(), length(key), value);
  return *this;
}

document& document::child(std::string_view key, const document& value) {
  bson_append_document(get(), key.data(), length(key), value.get());
  return *this;
}

document& document::array(std::string_view key, const document& value) {
  bson_append_array(get(), key.data(), length(key), value.get());
  return *this;
}

std::optional<std::string> find_text(const bson_t* from, const char* key) {
  bson_iter_t member;
  if (!bson_iter_init_find(&member, from, key) || !BSON_ITER_HOLDS_UTF8(&member)) return std::nullopt;
  std::uint32_t size = 0;
  const char* const text = bson_iter_utf8(&member, &size);
  return std::string(text, size);
}

std::optional<std::int64_t> find_integer(const bson_t* from, const char* key) {
  bson_iter_t member;
  if (!bson_iter_init_find(&member, from, key) || !BSON_ITER_HOLDS_NUMBER(&member)) return std::nullopt;
  return bson_iter_as_int64(&member);
}

}  // namespace sundown::mongodb
