#pragma once

#include <sundown/time.hpp>

#include <string>

namespace sundown::base {

/// As it would be written in the configuration: "8s", "5.5s", "250ms".
std::string config_text(milliseconds d);

/// For people, in seconds with one digit: "3.2 s".
std::string seconds_text(milliseconds d);

/// For JSON and logs, in seconds with millisecond digits: "0.512".
std::string seconds_number(milliseconds d);

}  // namespace sundown::base
