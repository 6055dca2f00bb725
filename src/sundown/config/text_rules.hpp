#pragma once

#include <sundown/key_list.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::configuration {

/// An IP address, or "unix:" and a path.
text_rule an_address();
/// Octal digits, "0660".
text_rule a_file_mode();
text_rule a_token();
/// "10.0.0.0/8", an address alone, or "unix:".
text_rule a_network();

/// A URL with one of these schemes, or nothing. White space and another scheme are refused here, the latter in the
/// words of `other_scheme`; what is wrong with anything else is said by `rest`, which returns "" if nothing is.
text_rule url_rule(std::string what_is_allowed, const std::vector<std::string>& schemes, std::string other_scheme,
                   std::function<std::string(std::string_view)> rest);

}  // namespace sundown::configuration
