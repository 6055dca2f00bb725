#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct _bson_t;  // NOLINT(readability-identifier-naming): the driver's

namespace sundown::mongodb {

/// The driver's bson_t, with the alignment that its functions expect.
using driver_document [[gnu::aligned(128)]] = ::_bson_t;

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

  const driver_document* get() const noexcept;
  driver_document* get() noexcept;

 private:
  // Size and alignment of bson_t are part of libbson's ABI.
  alignas(128) std::byte value_[128];
};

/// A member of a document that the driver has read, or nothing if it is missing or of another type.
std::optional<std::string> find_text(const driver_document* from, const char* key);
std::optional<std::int64_t> find_integer(const driver_document* from, const char* key);

}  // namespace sundown::mongodb
