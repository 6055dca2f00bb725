#include "http_client/retry_after.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <string>

namespace sundown::http_client {

std::optional<milliseconds> read_retry_after(std::string_view field, std::chrono::system_clock::time_point now,
                                             milliseconds most) {
  if (const auto seconds = base::parse_number<std::int64_t>(field, 0)) {
    const auto longest = std::chrono::floor<std::chrono::seconds>(most);
    return std::chrono::seconds(std::min<std::int64_t>(*seconds, longest.count()));
  }
  std::tm parts{};
  const std::string text(field);
  const char* const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (field.empty() || !end || *end != '\0') return std::nullopt;
  const auto then = std::chrono::system_clock::from_time_t(::timegm(&parts));
  return std::clamp(std::chrono::ceil<milliseconds>(then - now), milliseconds(0), most);
}

}  // namespace sundown::http_client
