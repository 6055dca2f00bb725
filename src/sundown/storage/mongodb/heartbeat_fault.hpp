#pragma once

#include <string>
#include <string_view>

namespace sundown::mongodb {

/// What is known of a deployment whose heartbeat fails.
struct heartbeat_facts {
  heartbeat_facts(bool by_tls, bool was_reached, std::string_view key)
      : tls(by_tls), reached(was_reached), uri_key(key) {}

  bool tls;                  ///< the URI asks for it
  bool reached;              ///< a server has answered before
  std::string_view uri_key;  ///< where the URI is configured
};

/// Why a heartbeat failed, in the driver's words, and what may be mended where these don't tell.
std::string heartbeat_fault(std::string_view said, const heartbeat_facts& facts);

}  // namespace sundown::mongodb
