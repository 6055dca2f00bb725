#pragma once

#include <sundown/keys.hpp>
#include <sundown/time.hpp>

#include <cstddef>
#include <string>

/// The component sundown::http_client: what a service configures of its calls to other services.
namespace sundown::http_client {

struct settings {
  settings() = default;

  milliseconds timeout{5'000};  ///< for a call as a whole, from its place in the queue to the answer's last byte
  milliseconds connect_timeout{1'000};  ///< for each of: the name, the connection, the TLS handshake
  milliseconds idle_timeout{4'000};     ///< of a kept connection: shorter than the servers' own (Node: 5 s)
  int connections = 64;                 ///< to one origin at a time
  int queue = 256;                      ///< calls to one origin that wait for a connection; over it: busy
  std::size_t answer_limit = 8 << 20;   ///< bytes of an answer's body that is taken whole
  std::string ca;                       ///< a PEM file of authorities that are trusted beside the system's; "": none
};

/// The keys `timeout`, `connect_timeout`, `idle_timeout`, `connections`, `queue`, `answer_limit` and `ca`, below the
/// section.
sundown::keys<settings> keys(std::string section = "http_client");

/// Where an outbox (outbox.hpp) sends its events, and how.
struct outbox_settings {
  outbox_settings() = default;

  std::string url;                 ///< "": nowhere, there are no events
  std::string secret;              ///< "whsec_" and base64 of 24 to 64 bytes: events are signed; "": they are not
  milliseconds timeout{5'000};     ///< for a delivery, from the connection to the answer's last byte
  milliseconds lease{60'000};      ///< another instance takes over what one has begun and not ended in that time
  milliseconds retry_max{60'000};  ///< the longest pause between two attempts; the first is half a second
  std::string ca;                  ///< a PEM file of authorities that are trusted beside the system's; "": none
};

/// The keys `url`, `secret`, `timeout`, `lease`, `retry_max` and `ca`, below the section.
sundown::keys<outbox_settings> outbox_keys(std::string section);

}  // namespace sundown::http_client
