#pragma once

#include <sundown/log.hpp>

#include <string>
#include <string_view>

namespace sundown::log {

/// One event as one line, with its newline.
std::string line(format how, std::chrono::system_clock::time_point when, level at, std::string_view message,
                 fields more);

}  // namespace sundown::log
