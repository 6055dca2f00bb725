#pragma once

#include "process/upgrade/inheritance.hpp"
#include "process/upgrade/spawn.hpp"

#include <sundown/service.hpp>

#include <boost/asio/io_context.hpp>

namespace sundown::configuration {
class key_table;
struct settings;
}  // namespace sundown::configuration
namespace sundown::process {
class signal_watch;
class signals;
}  // namespace sundown::process
namespace sundown::stop {
class watchdog;
}

namespace sundown::serving {

class reload;

/// What main has armed before anything else.
struct control_plane {
  boost::asio::io_context& context;
  process::signals& signals;
  stop::watchdog& watchdog;
  process::signal_watch& watch;
  serving::reload& reload;
  const configuration::key_table& keys;
  process::inheritance inherited;  ///< from the service manager or a predecessor
  process::program self;           ///< what an upgrade starts
};

/// The composition root: builds the library's half of the service and has the author's half built between, runs it
/// until it has stopped, returns the exit code.
///
/// Its locals are the service. They are constructed in the order of their dependencies; the stop closes them in
/// reverse. Throws startup_error, whose text says what to do.
int serve(const configuration::settings& configured, const control_plane& control, const build_with_settings& build);

}  // namespace sundown::serving
