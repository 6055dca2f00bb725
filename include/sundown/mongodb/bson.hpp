#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct _bson_t;  // the driver's bson_t

namespace sundown::mongodb {

/// A document that is put together: text("_id", id).integer("version", 1). An empty one can take the driver's reply.
/// Limit: the driver counts in 32 bits, and a server takes 16 MiB; a longer text is not appended.
class document {
 public:
  document();
  ~document();
  document(const document&) = delete;
  document& operator=(const document&) = delete;

  document& text(std::string_view key, std::string_view value);
  document& integer(std::string_view key, std::int64_t value);
  document& flag(std::string_view key, bool value);
  document& child(std::string_view key, const document& value);
  document& array(std::string_view key, const document& value);  ///< whose keys are "0", "1", ...

  const _bson_t* get() const noexcept;
  _bson_t* get() noexcept;

 private:
  // bson_t, whose size and alignment are part of libbson's ABI.
  alignas(128) std::byte value_[128];
};

/// A member of a document that the driver has read, or nothing if it is missing or of another type.
std::optional<std::string> find_text(const _bson_t* from, const char* key);
std::optional<std::int64_t> find_integer(const _bson_t* from, const char* key);

}  // namespace sundown::mongodb
