#pragma once

#include "lifecycle/inheritance.hpp"
#include "lifecycle/spawn.hpp"

#include <sundown/config.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>

namespace sundown::lifecycle {
class signals;
class watchdog;
}  // namespace sundown::lifecycle

namespace sundown::app {

/// What main has armed before anything else.
struct control_plane {
  boost::asio::io_context& context;
  lifecycle::signals& signals;
  lifecycle::watchdog& watchdog;
  lifecycle::inheritance inherited;               ///< from the service manager or a predecessor
  lifecycle::program self;                        ///< what an upgrade starts
  std::function<std::optional<config>()> reload;  ///< reads the configuration again; nullopt if it is faulty (logged)
};

/// The composition root: builds the service from its parts, runs it until it has stopped, returns the exit code.
///
/// Its locals are the service. They are constructed in the order of their dependencies; the stop closes them in
/// reverse. Throws startup_error, whose text says what to do.
int run(const config& given, const control_plane& control);

}  // namespace sundown::app
