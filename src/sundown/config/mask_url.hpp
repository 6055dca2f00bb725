#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sundown::configuration {

/// A URL that may be shown: "mongodb://user:***@host/?tls=true". Masked are the password, a user without one, and all
/// from the value of the first option that holds a secret or is not known to hold none. Of a URL that is malformed (see
/// server_url) only the scheme is shown, since nothing says then where the secret ends.
std::string mask_url(std::string_view url);

/// The same for a URL that should have one of these schemes. Where it is no storage server's, nothing is known of its
/// options: all of them are masked.
std::string mask_url(std::string_view url, const std::vector<std::string>& schemes);

}  // namespace sundown::configuration
