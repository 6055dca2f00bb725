#pragma once

#include <sundown/config.hpp>
#include <sundown/error.hpp>
#include <sundown/time.hpp>

#include <string>
#include <string_view>

namespace sundown::tls {

/// tls_provider::ask().
result<std::string> ask(int socket, std::string_view request, const tls_config& listener, milliseconds limit);

}  // namespace sundown::tls
