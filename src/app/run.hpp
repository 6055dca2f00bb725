#pragma once

#include "lifecycle/inheritance.hpp"
#include "lifecycle/spawn.hpp"

#include <sundown/config.hpp>

#include <boost/asio/io_context.hpp>

namespace sundown::lifecycle {
class signal_watch;
class signals;
class watchdog;
}  // namespace sundown::lifecycle

namespace sundown::app {

class reload;

/// What main has armed before anything else.
struct control_plane {
  boost::asio::io_context& context;
  lifecycle::signals& signals;
  lifecycle::watchdog& watchdog;
  lifecycle::signal_watch& watch;
  app::reload& reload;
  lifecycle::inheritance inherited;  ///< from the service manager or a predecessor
  lifecycle::program self;           ///< what an upgrade starts
};

/// The composition root: builds the service from its parts, runs it until it has stopped, returns the exit code.
///
/// Its locals are the service. They are constructed in the order of their dependencies; the stop closes them in
/// reverse. Throws startup_error, whose text says what to do.
int run(const config& given, const control_plane& control);

}  // namespace sundown::app
