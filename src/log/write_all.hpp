#pragma once

#include <chrono>
#include <string_view>

namespace sundown::log {

/// Writes all of it, waiting as long as it takes. A descriptor that is closed or broken takes the rest in silence:
/// there is nowhere left to say so.
void write_all(int fd, std::string_view text) noexcept;

/// Gives up, possibly in the middle, once `fd` takes no byte for `patience`. True if all was written.
bool write_patiently(int fd, std::string_view text, std::chrono::milliseconds patience) noexcept;

}  // namespace sundown::log
