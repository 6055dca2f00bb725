#pragma once

#include <string>
#include <string_view>

namespace sundown::configuration {

/// A URL that may be shown: "mongodb://user:***@host/?tls=true". Masked are the password and the values of options that
/// hold one. What has no scheme is masked as a whole, since nothing says what it is; so is more than the password where
/// characters that should have been percent-encoded leave it open what that is.
std::string mask_url(std::string_view url);

}  // namespace sundown::configuration
