#pragma once

#include "http/encryption.hpp"
#include "service/admin_access.hpp"

#include <sundown/http/router.hpp>
#include <sundown/http/server.hpp>
#include <sundown/metrics.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/stop/readiness.hpp>
#include <sundown/stop/shutdown.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sundown::serving {

/// What the admin listener's routes look at and act upon.
struct admin_view {
  const http::server& server;
  stop::shutdown& stop;
  stop::readiness& readiness;
  const stop::background& tasks;
  const metrics& own;
  admin_access access;
  std::string version;  ///< of the program
  std::vector<std::shared_ptr<const http::encryption>> certificates = {};
};

/// The admin listener's: probes, metrics, the stop and its rehearsal. Routes that are there already, a service's own,
/// are guarded with them.
void add_admin_routes(http::router& routes, const admin_view& view);

}  // namespace sundown::serving
