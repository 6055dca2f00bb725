#pragma once

#include <sundown/keys.hpp>
#include <sundown/time.hpp>

#include <string>

/// The component sundown::redis: what a service configures of a Redis server.
namespace sundown::redis {

struct settings {
  settings() = default;

  std::string url;            ///< secret; "": there is none
  milliseconds timeout{500};  ///< for an answer; then on without it
};

/// redis://[user:password@]host[:port][/database], with rediss:// for TLS, or "".
text_rule a_url();

/// The keys `url` and `timeout`, below the section. `about` says what the server is for.
sundown::keys<settings> keys(std::string section = "redis", std::string about = "The Redis server; empty: none");

}  // namespace sundown::redis
