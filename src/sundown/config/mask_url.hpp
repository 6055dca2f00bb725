#pragma once

#include <string>
#include <string_view>

namespace sundown::configuration {

/// A URL that may be shown: "mongodb://user:***@host/?tls=true". Masked are the password, a user without one, and all
/// from the value of the first option that holds a secret or is not known to hold none. Of a URL that is malformed (see
/// server_url) only the scheme is shown, since nothing says then where the secret ends.
std::string mask_url(std::string_view url);

}  // namespace sundown::configuration
