#pragma once

#include <sundown/config.hpp>
#include <sundown/error.hpp>

#include <string>
#include <string_view>

namespace sundown::serving {

class tls_provider;

struct admin_answer {
  unsigned status = 0;
  std::string body;
};

/// Where the admin listener of a service with this configuration is asked: one that listens on every address on
/// loopback. "http://127.0.0.1:8081". Errors: invalid, where nobody can know.
result<std::string> admin_origin(const admin_config& given);

/// Asks it where admin_origin() says, and blocks for at most `limit`. `token`: for calls that are protected; may be
/// empty.
///
/// `provider`: what asks a listener of TLS; nullptr where the program has no TLS. Errors: unavailable, with the reason
/// in a few words.
result<admin_answer> ask_admin(const admin_config& given, const tls_provider* provider, std::string_view method,
                               const std::string& target, const std::string& token, milliseconds limit);

}  // namespace sundown::serving
