#pragma once

#include <sundown/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// Durations ("500ms", "8s", "1.5s", "1m", "1h") and sizes ("512B", "64KiB", "1MiB", "1GiB", plain bytes) as text.
/// A fault's detail says what is wrong and what is allowed, as the end of a sentence that starts with the key.
namespace sundown::configuration {

result<std::int64_t> parse_milliseconds(std::string_view text);
result<std::int64_t> parse_bytes(std::string_view text);
result<std::int64_t> parse_integer(std::string_view text);

/// The shortest text that reads back to the same value.
std::string milliseconds_text(std::int64_t value);
std::string bytes_text(std::int64_t value);

}  // namespace sundown::configuration
