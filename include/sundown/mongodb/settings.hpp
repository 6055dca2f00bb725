#pragma once

#include <sundown/keys.hpp>
#include <sundown/time.hpp>

#include <string>

/// The component sundown::mongodb: what a service configures of a MongoDB deployment.
namespace sundown::mongodb {

struct settings {
  settings() = default;

  std::string uri;              ///< secret; "": there is none
  milliseconds timeout{2'000};  ///< for an operation; then 503
};

/// A URI that the driver takes whole, options included, or "". Nothing is connected to and no name is looked up.
text_rule a_uri();

/// The keys `uri` and `timeout`, below the section. `about` says what the deployment is for.
sundown::keys<settings> keys(std::string section = "mongodb", std::string about = "The MongoDB; empty: none");

}  // namespace sundown::mongodb
