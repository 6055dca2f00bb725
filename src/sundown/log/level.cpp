#include <sundown/log.hpp>

namespace sundown::log {
namespace {

constexpr std::string_view level_names[] = {"trace", "debug", "info", "warn", "error", "off"};
constexpr std::string_view format_names[] = {"text", "json"};

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::string_view (&names)[N], std::string_view name) noexcept {
  for (std::size_t i = 0; i != N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(level value) noexcept { return level_names[static_cast<std::size_t>(value)]; }
std::string_view to_string(format value) noexcept { return format_names[static_cast<std::size_t>(value)]; }
std::optional<level> parse_level(std::string_view name) noexcept { return parse<level>(level_names, name); }
std::optional<format> parse_format(std::string_view name) noexcept { return parse<format>(format_names, name); }

}  // namespace sundown::log
