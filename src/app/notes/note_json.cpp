#include "app/notes/note_json.hpp"

#include <boost/json.hpp>

namespace sundown::storage {

namespace json = boost::json;

std::string to_text(const note& what) {
  return json::serialize(json::array{what.id, what.title, what.body, what.created_ms, what.updated_ms, what.version});
}

std::optional<note> from_text(std::string_view text) {
  boost::system::error_code failed;
  const auto value = json::parse(text, failed);
  if (failed || !value.is_array() || value.get_array().size() != 6) return std::nullopt;
  const auto& parts = value.get_array();
  if (!parts[0].is_string() || !parts[1].is_string() || !parts[2].is_string()) return std::nullopt;
  const auto created = parts[3].try_to_number<std::int64_t>();
  const auto updated = parts[4].try_to_number<std::int64_t>();
  const auto version = parts[5].try_to_number<std::uint64_t>();
  if (!created || !updated || !version) return std::nullopt;
  return note{std::string(parts[0].get_string()),
              std::string(parts[1].get_string()),
              std::string(parts[2].get_string()),
              *created,
              *updated,
              *version};
}

}  // namespace sundown::storage
