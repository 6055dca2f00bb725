#pragma once

#include <sundown/config.hpp>
#include <sundown/keys.hpp>
#include <sundown/metrics.hpp>
#include <sundown/program.hpp>
#include <sundown/stop/closable.hpp>
#include <sundown/stop/shutdown.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

/// The whole of a main(): a program, and a function that builds the service from its parts.
namespace sundown::http {
class router;
}
namespace sundown::stop {
class readiness;
}  // namespace sundown::stop
namespace sundown::trace {
class tracer;
}  // namespace sundown::trace

namespace sundown {

class blocking_pool;
class shared_counter;

/// What a build function is given: the places for the service's parts and routes.
///
/// Order: parts are constructed in the order in which add() is called, closed by the stop in the reverse order, one at
/// a time, after the last session has ended; and destroyed in the reverse order, when nothing runs any more. Requests
/// come only when the build function has returned.
/// Errors: what a build function throws ends the start with exit code 1; a startup_error says what to do.
/// Thread safety: all of it on the thread that calls the build function, while it or what on_start() has been given
/// runs.
/// Lifetime: outlives every part.
class service {
 public:
  class places;  // the library's
  explicit service(places& where) : places_(where) {}
  service(const service&) = delete;
  service& operator=(const service&) = delete;

  const program& identity() const noexcept;
  const config& configuration() const noexcept;

  http::router& routes();  ///< of the service's listener
  http::router& admin();   ///< of the admin listener, beside the library's own; on the control plane: never block there
  stop::background& background();  ///< tasks that the stop waits for
  stop::readiness& readiness();    ///< what /ready says
  blocking_pool& blocking();       ///< threads for calls that block
  sundown::metrics& metrics();     ///< figures of its own in /metrics
  trace::tracer& traces();         ///< of the service; off until somebody gives it a sink, in the build function
  /// Constructs a part, and keeps it. A part with a close() is closed by the stop under this name (stop/closable.hpp).
  /// One with an abandon() is told before any part is destroyed, the last one first: a thread of it that calls the
  /// parts that were made later has ended then, also when the start has failed.
  template <class Part, class... Arguments>
  Part& add(std::string name, Arguments&&... arguments) {
    return adopt(std::move(name), std::make_shared<Part>(std::forward<Arguments>(arguments)...));
  }
  /// The same for a part that is made elsewhere, such as one of several implementations of an interface.
  template <class Part>
  Part& add(std::string name, std::unique_ptr<Part> made) {
    return adopt(std::move(name), std::shared_ptr<Part>(std::move(made)));
  }
  /// Has a resource closed that somebody else keeps until run() has returned.
  template <stop::closable Resource>
  void closes(std::string name, Resource& resource) {
    sequence().add(std::move(name), resource);
  }

  /// Says how many file descriptors a part takes, before it opens them: throws startup_error where they are too few.
  void takes_descriptors(std::size_t more);
  /// http.rate_limit counts there, as long as it can; it must outlive the service's run, as a part does.
  void share_rate_limit(shared_counter& counts);

  /// Called when the listeners are bound and before the first request: for what should not begin earlier.
  void on_start(std::function<void()> call);
  /// Called before a forced exit, which runs no destructors, in the reverse order of the calls: for last words in the
  /// log. On any thread; must not block.
  void on_forced_exit(std::function<void()> call);
  /// Called with true when another process begins to serve beside this one (an upgrade in place), with false when this
  /// one is alone again: a cache in this process can't be trusted meanwhile. On the control plane; the first call, with
  /// what holds at the start, comes before on_start's.
  void on_shared(std::function<void(bool shared)> call);

  /// A stop signal has come: whoever waits for a server at the start gives up. It takes what signals are there.
  bool stop_requested() const;

 private:
  template <class Part>
  Part& adopt(std::string name, std::shared_ptr<Part> made) {
    auto& part = *made;
    keep(std::move(made));
    if constexpr (requires { part.abandon(); }) abandons([&part] { part.abandon(); });
    if constexpr (stop::closable<Part>) closes(std::move(name), part);
    return part;
  }

  stop::shutdown& sequence();
  void keep(std::shared_ptr<void> part);
  void abandons(std::function<void()> call);

  places& places_;
};

/// The build function of a service that has no keys of its own.
using build_function = std::function<void(service& app)>;

namespace serving {

using build_with_settings = std::function<void(service& app, const void* settings)>;
int run(int argc, char** argv, const program& identity, const configuration::key_list& own,
        const build_with_settings& build) noexcept;

}  // namespace serving

/// Runs a service from its command line to its exit code: flags, configuration, signals, the admin listener, the build
/// function's parts and routes, the stop. `own` are the keys of the service's own configuration, and `build` is called
/// with what they are set to: build(service& app, const Settings& given).
///
/// Exit codes: 0 all is closed, 1 it could not start or failed, 2 wrong usage or configuration, 3 the stop cut work, 4
/// the watchdog ended it, 130 a second Ctrl-C.
/// Call it from main() before any thread is started, once in a process. Throws nothing.
template <class Settings, std::invocable<service&, const Settings&> Build>
int run(int argc, char** argv, const program& identity, const keys<Settings>& own, Build build) noexcept {
  const auto with_settings = [&build](service& app, const void* settings) {
    build(app, *static_cast<const Settings*>(settings));
  };
  return serving::run(argc, argv, identity, own.erased(), with_settings);
}

/// The same without keys of its own.
inline int run(int argc, char** argv, const program& identity, const build_function& build) noexcept {
  return serving::run(argc, argv, identity, {}, [&build](service& app, const void*) { build(app); });
}

}  // namespace sundown
