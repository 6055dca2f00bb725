#include "base/left_behind.hpp"
#include "base/program_name.hpp"
#include "config/command_line.hpp"
#include "log/standard_streams.hpp"
#include "process/aside.hpp"
#include "process/signal_watch.hpp"
#include "process/signals.hpp"
#include "service/admin_command.hpp"
#include "service/fd_limit.hpp"
#include "service/healthcheck.hpp"
#include "service/long_requests.hpp"
#include "service/reload.hpp"
#include "service/serve.hpp"
#include "service/tls_listeners.hpp"
#include "service/tracing.hpp"
#include "stop/watchdog.hpp"

#include <sundown/error.hpp>
#include <sundown/log.hpp>
#include <sundown/service.hpp>
#include <sundown/stop/shutdown.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <system_error>
#include <variant>

#include <unistd.h>

namespace sundown {

using namespace std::chrono_literals;

namespace {

/// The log's reader may be slow, but must read: it counts as stuck when it has taken no byte for so long.
constexpr auto flush_patience = 500ms;
/// For all of the last lines together, within the time of the stop.
constexpr std::chrono::milliseconds flush_limit = 2s;

/// Container engines kill a health check after some seconds, without a word.
constexpr auto health_limit = 2s;

/// Nobody kills a command.
constexpr auto admin_limit = 5s;

/// The process that is the service's own: its signals, the last resort behind its stop.
class own_process final : public serving::host {
 public:
  own_process(process::signals& signals, process::signal_watch& watch, const stop::watchdog& watchdog)
      : signals_(signals), watch_(watch), watchdog_(watchdog) {}

  void plan(milliseconds total) override { watch_.plan(total); }
  bool stop_requested() override { return signals_.stop_requested(); }
  void bind(stop::shutdown& stop, std::function<void()> on_reload, std::function<void()> on_upgrade) override {
    signals_.bind(stop, std::move(on_reload), std::move(on_upgrade));
  }
  void ready(const serving::addresses&) override {}
  void stop_waiting() override { signals_.stop_waiting(); }
  /// No destructor runs, but the log is flushed. After a second Ctrl-C nobody waits for its slow reader.
  [[noreturn]] void leave(int code) override {
    const auto patience = code == stop::second_interrupt ? 50ms : 500ms;
    log::stop(patience, watchdog_.time_for(2 * patience));
    ::_exit(code);
  }

 private:
  process::signals& signals_;
  process::signal_watch& watch_;
  const stop::watchdog& watchdog_;
};

using prepared_settings = std::variant<configuration::settings, int>;

/// Reads the configuration on a thread of its own, so that a stop signal is heard while a file, or the reader of the
/// output, doesn't answer.
prepared_settings prepare(boost::asio::io_context& control, process::signals& signals,
                          const configuration::command_line& arguments, const configuration::environment& environment,
                          const std::shared_ptr<const configuration::key_table>& keys) {
  const auto advise = [identity = keys->identity(), environment](const config& given) {
    auto lines = serving::time_limit_beyond_the_stop(given);
    for (auto& each : serving::trace_findings(identity, environment).warnings) lines.push_back(std::move(each));
    return lines;
  };
  std::optional<prepared_settings> prepared;
  std::optional<process::aside<prepared_settings>> reading(std::in_place, control);
  reading->start([=] { return configuration::prepare(arguments, environment, *keys, std::cout, std::cerr, advise); },
                 [&](prepared_settings result) { prepared = std::move(result); });
  while (!signals.stop_requested() && !prepared) control.run_one();  // in this order: the first runs what is ready
  if (prepared) return std::move(*prepared);
  reading.reset();  // ends its thread, if that has come back
  const bool serving = arguments.what == configuration::command_line::action::serve;
  if (serving) log::info("stopped during start-up");
  ::_exit(serving ? stop::drained : stop::failed);
}

/// The PROXY protocol's header decides whose request it is: it is read from those alone who are trusted.
std::vector<std::string> proxies_nobody_trusts(const config& c) {
  if (c.http.proxy_protocol == "off" || !c.http.trusted_proxies.empty()) return {};
  return {
      "http.proxy_protocol is require and http.trusted_proxies is empty, which refuses every connection; it must "
      "have the networks of the proxies"};
}

int serve_logged(const configuration::settings& configured, serving::control_plane control,
                 const process::variables& environment, const serving::build_with_settings& build) {
  log::start(configured.common.log);
  try {
    control.inherited = process::take_inheritance(environment, {"http", "admin", "https"});
    return serving::serve(configured, control, build).exit_code;
  } catch (const startup_error& e) {
    log::error(e.what());
  } catch (const std::exception& e) {
    log::error("failed", {{"error", e.what()}});
  }
  return stop::failed;
}

/// A service starts with a certificate that has expired, which is better than none; a check of its configuration tells.
serving::tls_files tls_check_for(configuration::command_line::action what) {
  using action = configuration::command_line::action;
  if (what == action::serve) return serving::tls_files::readable;
  return what == action::check_config ? serving::tls_files::good : serving::tls_files::not_looked_at;
}

int run_or_throw(int argc, char** argv, const program& identity, const configuration::key_list& own,
                 const serving::build_with_settings& build) {
  log::occupy_standard_streams();
  process::block_signals();
  serving::raise_fd_limit();
  if (const auto fault = serving::too_few_descriptors(serving::descriptors_to_begin, "a start"); !fault.empty())
    throw startup_error(fault);
  // First the signals, then the last resort behind the stop, then all that could be slow.
  boost::asio::io_context control(1);
  process::signals signals(control);
  stop::watchdog watchdog;
  process::signal_watch watch(watchdog);
  signals.timed_by(watch);

  const auto arguments = configuration::parse(argc, argv, identity, std::cout, std::cerr);
  if (arguments.exit) return *arguments.exit;
  const auto keys = serving::keys_of(identity, own);
  const auto environment = configuration::process_environment();
  // Before serving, the files that the configuration names are looked at as well. A reload of them is the keeper's.
  const auto checked = serving::keys_of(identity, own, tls_check_for(arguments.what), environment);
  const auto prepared = prepare(control, signals, arguments, environment, checked);
  if (const auto* code = std::get_if<int>(&prepared)) return *code;
  const auto& configured = std::get<configuration::settings>(prepared);

  if (arguments.what == configuration::command_line::action::healthcheck)
    return serving::healthcheck(configured.common.admin, identity.tls, health_limit, std::cerr);

  if (arguments.what == configuration::command_line::action::admin) {
    return serving::admin_command(arguments.admin_call, configured.common.admin, identity.tls, admin_limit, std::cout,
                                  std::cerr);
  }

  auto self = process::this_program(argc, argv, process::environment_to_pass_on(environment));
  serving::reload reload(control, [=] { return configuration::load(*keys, arguments.config_file, environment); });
  own_process host(signals, watch, watchdog);
  const int code = serve_logged(configured, {control, host, watchdog, reload, *keys, {}, std::move(self), environment},
                                environment, build);
  const bool written = log::stop(flush_patience, watchdog.time_for(flush_limit));
  if (!written || reload.left_behind() || base::any_left_behind()) ::_exit(code);
  return code;
}

}  // namespace

std::shared_ptr<const configuration::key_table> serving::keys_of(const program& identity,
                                                                 const configuration::key_list& own, tls_files files,
                                                                 const environment_variables& environment) {
  auto common = configuration::common_keys();
  common.check("shutdown", [](const config& given) { return stop::faults(given.shutdown); });
  common.check("http", proxies_nobody_trusts);
  add_tls_checks(common, identity.tls, files);
  // Of no key: the section only says when it is looked at.
  common.check("log", [faults = trace_findings(identity, environment).faults](const config&) { return faults; });
  return std::make_shared<const configuration::key_table>(identity, common, own);
}

int serving::run(int argc, char** argv, const program& identity, const configuration::key_list& own,
                 const build_with_settings& build) noexcept try {
  base::name_program(identity.name);
  return run_or_throw(argc, argv, identity, own, build);
} catch (const std::system_error& e) {
  std::cerr << identity.name << ": cannot start: " << e.what()
            << "; the system gives too little: look at the limits of threads (ulimit -u, TasksMax=, pids.max), file "
               "descriptors (ulimit -n) and memory (ulimit -v)\n";
  return stop::failed;
} catch (const std::exception& e) {
  std::cerr << identity.name << ": " << e.what() << '\n';
  return stop::failed;
}

}  // namespace sundown
