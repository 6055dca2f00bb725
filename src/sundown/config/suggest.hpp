#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sundown::configuration {

/// The candidate that was probably meant, or nothing. `separator` divides a name's levels: a name that is right but for
/// its section is found too.
std::string_view nearest(std::string_view name, std::span<const std::string> candidates, std::string_view separator);

/// " (did you mean 'http.port'?)", or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates, std::string_view separator);

}  // namespace sundown::configuration
