#pragma once

#include <sundown/config.hpp>
#include <sundown/error.hpp>
#include <sundown/time.hpp>

#include <string>
#include <string_view>

namespace sundown::tls {

/// Asks this very service over TLS, for a health check: sends the request on a connected socket and returns what is
/// answered until the end. Blocks for at most `limit`.
///
/// The server's certificate is not judged: who asks is on its own machine, and its name is none that is in it. Where
/// the listener asks for certificates, its own is shown.
result<std::string> ask(int socket, std::string_view request, const tls_config& listener, milliseconds limit);

}  // namespace sundown::tls
