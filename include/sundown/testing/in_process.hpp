#pragma once

#include <sundown/keys.hpp>
#include <sundown/program.hpp>
#include <sundown/service.hpp>
#include <sundown/stop/report.hpp>
#include <sundown/testing/raw_client.hpp>

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::testing {

/// What a service in process is configured with. The environment of the process is not read.
struct in_process_options {
  std::map<std::string, std::string> settings = {};  ///< by their keys in the file: {"http.workers", "4"}
  std::vector<std::pair<std::string, std::string>> variables = {};  ///< OpenTelemetry's: {"OTEL_SERVICE_NAME", "shop"}
  std::string text = {};  ///< as in a configuration file; the settings above, and what every test needs, go over it
};

/// A whole service in the process of the test: what sundown::run() runs, with its routes, admin listener, parts and
/// stop, on free ports of 127.0.0.1 and on threads of its own.
///
/// What the process has of its own is left alone: no signals, no service manager, no upgrade, no exit. The log goes to
/// lines() instead of stdout. A stop that has to be forced (a request that never ends, shutdown.total passed) can't be
/// survived, here as elsewhere: it writes the log to stderr and ends the test program.
/// One at a time in a program, as many after each other as you like; otherwise std::logic_error.
/// Errors: a faulty configuration is a startup_error with a line for each fault; what the build function or the start
/// throws comes out of the constructor.
/// Thread safety: the endpoints, ask() and lines() from any thread, the rest on the thread that made it.
class in_process {
 public:
  /// As sundown::run(): returns when the service is ready.
  template <class Settings, std::invocable<sundown::service&, const Settings&> Build>
  in_process(const program& identity, const keys<Settings>& own, Build build, const in_process_options& how = {})
      : in_process(identity, own.erased(), how,
                   [build = std::move(build)](sundown::service& app, const void* settings) {
                     build(app, *static_cast<const Settings*>(settings));
                   }) {}
  /// The same without keys of its own.
  in_process(const program& identity, const build_function& build, const in_process_options& how = {});
  in_process(const in_process&) = delete;
  in_process& operator=(const in_process&) = delete;
  /// Stops it, if it still runs.
  ~in_process();

  const endpoint& http() const noexcept;
  const endpoint& admin() const noexcept;

  /// One request on a connection of its own: sundown::testing::ask().
  reply ask(std::string_view request, milliseconds limit = ample) const;
  reply ask_admin(std::string_view request, milliseconds limit = ample) const;

  /// Begins an orderly stop, as SIGTERM does.
  void begin_stop();
  /// Waits until the service has ended; what it can take is bounded by shutdown.total.
  const stop::report& wait_end();
  /// Both. The report has the exit code.
  const stop::report& stop();

  /// The first line of the log with this text, waited for: a thread of its own writes the log.
  std::optional<std::string> wait_line(std::string_view text, milliseconds limit = ample) const;
  /// The lines of the log that are written so far; all of them after the end.
  std::vector<std::string> lines() const;
  /// The same as one text.
  std::string log() const;

 private:
  in_process(const program& identity, const configuration::key_list& own, const in_process_options& how,
             std::function<void(sundown::service&, const void*)> build);

  class running;
  std::unique_ptr<running> running_;
};

}  // namespace sundown::testing
