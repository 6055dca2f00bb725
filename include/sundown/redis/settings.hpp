#pragma once

#include <sundown/keys.hpp>
#include <sundown/time.hpp>

#include <string>
#include <vector>

/// The component sundown::redis: what a service configures of a Redis server.
namespace sundown::redis {

struct settings {
  settings() = default;

  std::string url;            ///< secret; "": there is none
  milliseconds timeout{500};  ///< for an answer; then on without it
  std::string ca;             ///< a PEM file of authorities that are trusted beside the system's; "": none
  std::string certificate;    ///< a PEM file by which we prove who we are, with its chain; "": none
  std::string key;            ///< a PEM file of the certificate's private key, not encrypted
};

/// redis://[user:password@]host[:port][/database], with rediss:// for TLS, or "".
text_rule a_url();

/// What is wrong with `ca`, `certificate` and `key`, as sentences that name them below the section: a file that can't
/// be used, one without the other, or a URL that does not ask for TLS.
std::vector<std::string> tls_faults(const settings& given, const std::string& section);

/// The keys `url`, `timeout`, `ca`, `certificate` and `key`, below the section: in full, since faults name keys by it.
/// `about` says what the server is for.
sundown::keys<settings> keys(std::string section = "redis", std::string about = "The Redis server; empty: none");

}  // namespace sundown::redis
