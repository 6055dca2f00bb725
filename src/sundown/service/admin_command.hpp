#pragma once

#include <sundown/config.hpp>

#include <iosfwd>
#include <string>

/// `sundown admin drain`: what an image without a shell and without curl is operated with.
namespace sundown::serving {

class tls_provider;

/// Makes a call, "drain", "undrain", "shutdown" or "status", on the admin listener of the service that has this
/// configuration, with the token of the same, within `limit`. Prints what is answered on `out`. Returns the exit code:
/// 0 if the service has done it, or 1 with one line that says why on `err`.
int admin_command(const std::string& call, const admin_config& given, const tls_provider* provider, milliseconds limit,
                  std::ostream& out, std::ostream& err);

}  // namespace sundown::serving
