#pragma once

#include <sundown/config.hpp>

#include <iosfwd>

/// `sundown healthcheck`: what an image without a shell and without curl is asked with.
namespace sundown::serving {

class tls_provider;

/// Asks the admin listener of the service that has this configuration for /live, within `limit`. Returns the exit code:
/// 0 if it answers 200, or 1 with one line that says why on `err`. A service that listens on every address is asked on
/// loopback.
///
/// /live and not /ready: an engine or its restarter may kill what is unhealthy, and a service that drains is not ready
/// on purpose and must be left to finish. Whether to send it requests is for those who read /ready.
///
/// `provider`: what asks a listener of TLS; nullptr where the program has no TLS.
int healthcheck(const admin_config& given, const tls_provider* provider, milliseconds limit, std::ostream& err);

}  // namespace sundown::serving
