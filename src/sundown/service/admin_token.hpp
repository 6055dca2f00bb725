#pragma once

#include <sundown/config.hpp>
#include <sundown/error.hpp>

#include <string>

namespace sundown::serving {

/// The token of protected calls: admin.token, or what admin.token_file has; "" where there is none.
///
/// Errors: what is wrong with the file, as a sentence that says what to do.
result<std::string> read_admin_token(const admin_config& given);

/// The same for the start of a service, which makes the file with a random token if it isn't there, for its own user
/// alone. Throws startup_error.
std::string provide_admin_token(const admin_config& given);

}  // namespace sundown::serving
