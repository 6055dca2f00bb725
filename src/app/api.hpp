#pragma once

#include <sundown/http/router.hpp>
#include <sundown/keys.hpp>

#include <string>
#include <vector>

/// What stands in front of all of the API: the pieces that are shipped for groups (docs/chain.md), as configured.
namespace sundown::app {

struct api_settings {
  std::string token;                 ///< secret; with none of both the API is anybody's
  std::string old_token;             ///< secret; still good while clients change over
  std::vector<std::string> origins;  ///< whose pages may call it; none: no other's
};

keys<api_settings> api_keys();

/// The group of /v1.
http::route_group open_api(http::router& routes, const api_settings& given);

}  // namespace sundown::app
