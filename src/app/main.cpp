#include "app/fd_limit.hpp"
#include "app/healthcheck.hpp"
#include "app/run.hpp"
#include "config/command_line.hpp"
#include "lifecycle/signals.hpp"
#include "lifecycle/watchdog.hpp"
#include "storage/mongo_uri_check.hpp"
#include "log/standard_streams.hpp"
#include "storage/redis_url.hpp"

#include <sundown/error.hpp>
#include <sundown/lifecycle/shutdown.hpp>
#include <sundown/log.hpp>

#include <iostream>
#include <system_error>

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

std::vector<std::string> storage_faults(const config& given) {
  std::vector<std::string> out;
  const auto& uri = given.storage.mongodb.uri;
  const auto& url = given.storage.redis.url;
  if (!uri.empty()) {
    if (const auto fault = storage::mongo_uri_fault(uri); !fault.empty())
      out.push_back("storage.mongodb.uri " + fault);
  }
  if (!url.empty()) {
    if (const auto read = storage::parse_redis_url(url); !read)
      out.push_back("storage.redis.url " + read.error().detail);
  }
  return out;
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

int main(int argc, char** argv) try {
  app::raise_fd_limit();
  if (const auto fault = app::too_few_descriptors(app::descriptors_to_begin, "a start"); !fault.empty())
    throw startup_error(fault);
  log::occupy_standard_streams();
  // First the signals, then the last resort behind the stop, then all that could be slow.
  boost::asio::io_context control(1);
  lifecycle::signals signals(control);
  lifecycle::watchdog watchdog;

  const auto asked = configuration::parse(argc, argv, SUNDOWN_VERSION, std::cout, std::cerr);
  if (asked.exit) return *asked.exit;
  const std::vector<configuration::check> checks{
      {"shutdown", [](const config& given) { return lifecycle::faults(given.shutdown); }}, {"storage", storage_faults}};
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
} catch (const std::system_error& e) {
  std::cerr << "sundown: cannot start: " << e.what()
            << "; the system gives too little: look at the limits of threads (ulimit -u, TasksMax=, pids.max), file "
               "descriptors (ulimit -n) and memory (ulimit -v)\n";
  return lifecycle::failed;
} catch (const std::exception& e) {
  std::cerr << "sundown: " << e.what() << '\n';
  return lifecycle::failed;
}
