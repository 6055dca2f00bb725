#pragma once

#include "process/upgrade/inheritance.hpp"
#include "process/upgrade/spawn.hpp"
#include "service/trace_provider.hpp"

#include <sundown/service.hpp>
#include <sundown/stop/report.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace sundown::configuration {
class key_table;
struct settings;
}  // namespace sundown::configuration
namespace sundown::stop {
class shutdown;
class watchdog;
}  // namespace sundown::stop

namespace sundown::serving {

class reload;
enum class tls_files;

/// Where a service that is ready listens: "127.0.0.1:8080" or "unix:/run/orders.sock"; "" where it doesn't.
struct addresses {
  std::string http;   ///< in the clear
  std::string https;  ///< by TLS
  std::string admin;
};

/// What the service runs in, and is told to stop by: a process and its signals, or a test.
/// Thread safety: all on the thread that runs the control context, but for leave().
class host {
 public:
  /// shutdown.total, once it is known.
  virtual void plan(milliseconds total) = 0;
  /// For start-up: the service is to stop before it has begun.
  virtual bool stop_requested() = 0;
  /// From here on the service can be told to stop, to reload and to give way to a new process.
  virtual void bind(stop::shutdown& stop, std::function<void()> on_reload, std::function<void()> on_upgrade) = 0;
  virtual void ready(const addresses& bound) = 0;
  /// The stop ends: nothing of this keeps the control context running any more.
  virtual void stop_waiting() = 0;
  /// The end without destructors. On any thread.
  [[noreturn]] virtual void leave(int code) = 0;

 protected:
  ~host() = default;
};

/// What main has armed before anything else.
struct control_plane {
  boost::asio::io_context& context;
  serving::host& host;
  stop::watchdog& watchdog;
  serving::reload& reload;
  const configuration::key_table& keys;
  process::inheritance inherited;  ///< from the service manager or a predecessor
  process::program self;           ///< what an upgrade starts
  environment_variables environment;
};

/// The composition root: builds the library's half of the service and has the author's half built between, runs it
/// until it has stopped, returns what the stop did.
///
/// Its locals are the service. They are constructed in the order of their dependencies; the stop closes them in
/// reverse. Throws startup_error, whose text says what to do.
stop::report serve(const configuration::settings& configured, const control_plane& control,
                   const build_with_settings& build);

/// The keys of a program, with all their checks: the common ones, then its own. `environment`: what tracing is set by,
/// looked at too.
std::shared_ptr<const configuration::key_table> keys_of(const program& identity, const configuration::key_list& own,
                                                        tls_files files = {},
                                                        const environment_variables& environment = {});

}  // namespace sundown::serving
