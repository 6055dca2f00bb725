#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace sundown::log {

/// Writes all of it, waiting as long as it takes. Returns how many bytes the descriptor took: fewer than there are once
/// it is closed or broken, or its disk is full.
std::size_t write_all(int fd, std::string_view text) noexcept;

/// Writes what `fd` takes within `limit`, possibly only a part. True if all was written. Never blocks longer, whatever
/// `fd` is and whoever else writes to it; a file on a disk that hangs is the exception.
bool write_within(int fd, std::string_view text, std::chrono::milliseconds limit) noexcept;

}  // namespace sundown::log
