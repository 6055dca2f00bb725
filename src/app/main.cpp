#include "app/healthcheck.hpp"
#include "app/run.hpp"
#include "app/standard_descriptors.hpp"
#include "config/command_line.hpp"
#include "lifecycle/signals.hpp"
#include "lifecycle/watchdog.hpp"
#include "storage/redis_url.hpp"

#include <sundown/error.hpp>
#include <sundown/lifecycle/shutdown.hpp>
#include <sundown/log.hpp>

#include <iostream>

#include <unistd.h>

namespace {

using namespace sundown;
using namespace std::chrono_literals;

/// Who reads the log may be slow, but must read: without a byte taken for so long it counts as stuck.
constexpr auto flush_patience = 500ms;
/// All of the last lines together, and in the time of the stop at any rate.
constexpr std::chrono::milliseconds flush_limit = 2s;

/// Engines give a health check some seconds, and kill it then without a word.
constexpr auto health_limit = 2s;

std::optional<config> reload(const configuration::command_line& asked,
                             const std::vector<configuration::check>& checks) {
  auto fresh = configuration::load(asked.config_file, configuration::process_environment(), checks);
  for (const auto& fault : fresh.faults) log::error("reload refused", {{"fault", fault}});
  if (!fresh.faults.empty()) return std::nullopt;
  return std::move(fresh.values);
}

std::vector<std::string> redis_faults(const config& given) {
  const auto& url = given.storage.redis.url;
  if (url.empty()) return {};
  const auto read = storage::parse_redis_url(url);
  if (read) return {};
  return {"storage.redis.url " + read.error().detail};
}

int serve(const config& given, app::control_plane control, const lifecycle::variables& environment) {
  log::start(given.log);
  try {
    control.inherited = lifecycle::take_inheritance(environment, {"http", "admin"});
    return app::run(given, control);
  } catch (const startup_error& e) {
    log::error(e.what());
  } catch (const std::exception& e) {
    log::error("failed", {{"error", e.what()}});
  }
  return lifecycle::failed;
}

}  // namespace

int main(int argc, char** argv) {
  app::open_standard_descriptors();
  // First the signals, then the last resort behind the stop, then all that could be slow.
  boost::asio::io_context control(1);
  lifecycle::signals signals(control);
  lifecycle::watchdog watchdog;

  const auto asked = configuration::parse(argc, argv, SUNDOWN_VERSION, std::cout, std::cerr);
  if (asked.exit) return *asked.exit;
  const std::vector<configuration::check> checks{
      {"shutdown", [](const config& given) { return lifecycle::faults(given.shutdown); }}, {"storage", redis_faults}};
  const auto environment = configuration::process_environment();
  const auto prepared = configuration::prepare(asked, environment, checks, std::cout, std::cerr);
  if (const auto* code = std::get_if<int>(&prepared)) return *code;

  if (asked.what == configuration::command_line::action::healthcheck)
    return app::healthcheck(std::get<config>(prepared).admin, health_limit, std::cerr);

  auto self = lifecycle::this_program(argc, argv, lifecycle::environment_to_pass_on(environment));
  const int code =
      serve(std::get<config>(prepared),
            {control, signals, watchdog, {}, std::move(self), [&] { return reload(asked, checks); }}, environment);
  const auto limit = std::min(flush_limit, watchdog.time_left().value_or(flush_limit) - 50ms);
  if (!log::stop(flush_patience, limit)) ::_exit(code);
  return code;
}
