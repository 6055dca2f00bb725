#include "service/serve.hpp"

#include "base/cgroup.hpp"
#include "config/print.hpp"
#include "log/failure.hpp"
#include "process/heartbeat.hpp"
#include "process/service_manager.hpp"
#include "process/upgrade/upgrade.hpp"
#include "process/worker_pool.hpp"
#include "service/admin_routes.hpp"
#include "service/admin_token.hpp"
#include "service/fd_limit.hpp"
#include "service/long_requests.hpp"
#include "service/places.hpp"
#include "service/rate_limiter.hpp"
#include "service/reload.hpp"
#include "service/tls_listeners.hpp"
#include "service/tracing.hpp"
#include "stop/watchdog.hpp"

#include <sundown/blocking.hpp>
#include <sundown/error.hpp>
#include <sundown/http/server.hpp>
#include <sundown/log.hpp>
#include <sundown/stop/readiness.hpp>
#include <sundown/stop/shutdown.hpp>
#include <sundown/trace/tracer.hpp>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include <malloc.h>
#include <unistd.h>

namespace sundown::serving {

using namespace std::chrono_literals;

namespace {

/// Gives the memory of a large body back to the system with the body. By default glibc raises its threshold to the
/// largest block that it has seen, cuts such blocks out of its heaps from then on, and can't give back what is free
/// between others.
void give_large_blocks_back() {
#ifdef M_MMAP_THRESHOLD
  // NOLINTNEXTLINE(concurrency-mt-unsafe): at the start, before the workers
  ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
#endif
}

/// Without destructors: the destructor of a client whose server is silent would wait for that server.
[[noreturn]] void leave_early(host& process) {
  log::info("stopped during start-up");
  process.leave(stop::drained);
  std::abort();  // never: GCC does not take the word of a virtual function that it does not return
}

/// How many workers there are, and by what.
struct worker_count {
  explicit worker_count(const http_config& http)
      : number(http.workers != 0 ? http.workers : base::fitting_threads(cores, limits)) {}

  /// "none", or the quota in cores: "1.5".
  std::string quota() const {
    std::ostringstream text;
    if (!limits.cpus) return "none";
    text << *limits.cpus;
    return text.str();
  }

  base::cgroup_limits limits = base::read_cgroup_limits();
  std::size_t cores = base::usable_cores();
  std::size_t number;
};

std::vector<asio::io_context*> contexts(process::worker_pool& workers) {
  std::vector<asio::io_context*> all;
  for (std::size_t i = 0; i < workers.size(); ++i) all.push_back(&workers.context(i));
  return all;
}

/// The admin listener's own limits: it is on the control plane, for a few clients with short requests.
http_config admin_server(const config& given) {
  constexpr milliseconds short_time = 5s;
  auto http = given.http;
  http.address = given.admin.address;
  http.port = http.tls_port = given.admin.port;
  http.socket_mode = given.admin.socket_mode;
  http.tls = given.admin.tls;
  http.plain = !http.tls.enabled();
  http.trusted_proxies.clear();  // whoever calls, calls itself
  http.proxy_protocol = "off";
  http.max_connections = given.admin.max_connections;
  http.max_requests = 0;  // probes wait for nobody
  http.backlog = std::min(http.backlog, 128);
  http.header_timeout = std::min(http.header_timeout, short_time);
  http.idle_timeout = std::min(http.idle_timeout, short_time);
  http.body_grace = std::min(http.body_grace, short_time);
  return http;
}

/// The admin listener's place among the parts: destroyed and closed after the parts that come later, but opened after
/// them, too.
struct late_server {
  asio::awaitable<void> close() { return opened->close(); }

  std::optional<http::server> opened;
};

/// A start that fails destroys the author's parts first, while all that their threads call is still there. After a stop
/// nothing runs any more.
class failed_start {
 public:
  explicit failed_start(std::optional<service::places>& places) : places_(places) {}
  failed_start(const failed_start&) = delete;
  failed_start& operator=(const failed_start&) = delete;
  ~failed_start() {
    if (!started_) places_.reset();
  }
  void started() noexcept { started_ = true; }

 private:
  std::optional<service::places>& places_;
  bool started_ = false;
};

using failure_function = std::function<void(std::string)>;

http::server::options admin_options(const process::inheritance& inherited, const tls_listeners& tls,
                                    failure_function failed) {
  http::server::options how("admin", false, inherited.sockets_of("admin"), spare_descriptors);
  how.tls = tls.admin();
  how.tls_port_key = "admin.port";
  if (how.tls) how.tls_sockets = std::exchange(how.sockets, {});
  how.yields = http::server::yielding::anybody;
  how.on_failure = std::move(failed);
  return how;
}

http::server::options http_options(const config& given, const program& identity, const process::inheritance& inherited,
                                   const tls_listeners& tls, const trace::tracer& traces, failure_function failed) {
  http::server::options how("http", given.log.access, taken_sockets(inherited, "http", given.http.plain),
                            spare_descriptors + given.admin.max_connections);
  how.tls = tls.http();
  how.tls_sockets = taken_sockets(inherited, "https", how.tls != nullptr);
  how.http2 = identity.http2;
  how.traces = &traces;
  how.yields = http::server::yielding::idle;
  how.on_failure = std::move(failed);
  return how;
}

/// The listeners as an upgrade hands them over.
std::vector<process::shared_listener> shared_listeners(http::server& server, http::server& admin) {
  const auto plain = [](std::string name, http::server& which) {
    return process::shared_listener{std::move(name), [&] { return which.listening_sockets(); },
                                    [&](bool shared) { which.share_listeners(shared); }};
  };
  const auto tls = [](std::string name, http::server& which) {
    return process::shared_listener{std::move(name), [&] { return which.tls_listening_sockets(); },
                                    [&](bool shared) { which.share_tls_listeners(shared); }};
  };
  std::vector<process::shared_listener> all;
  if (!server.listening_sockets().empty()) all.push_back(plain("http", server));
  if (server.tls_endpoint()) all.push_back(tls("https", server));
  all.push_back(admin.tls_endpoint() ? tls("admin", admin) : plain("admin", admin));
  return all;
}

/// SIGHUP: applies the keys that can change while serving, and names the others.
void apply(const configuration::settings& fresh, const configuration::settings& running,
           const configuration::key_table& keys, http::server& server, tls_listeners& tls) {
  log::set_level(fresh.common.log.level);
  tls.reload(fresh.common);
  server.set_access_log(fresh.common.log.access);
  for (const auto& change : configuration::changed_keys(keys, running, fresh)) {
    if (!change.reloadable) log::warn("reload: needs a restart", {{"key", change.name}});
  }
  log::info("reloaded");
}

/// An exception out of the control plane is a bug, but no reason to drop what is being served: it stops the service in
/// its order. (A shortage of memory is no bug: one call is lost, and the next may go well.) The parts are destroyed
/// only when nothing runs any more.
void run_to_the_end(asio::io_context& control, stop::shutdown& stop) {
  for (;;) {
    try {
      control.run();
      return;
    } catch (...) {
      const auto failure = std::current_exception();
      log::report_failure("a handler on the control plane", failure);
      if (!log::is_shortage(failure)) stop.fail(log::describe(failure));
    }
  }
}

addresses addresses_of(const http::server& server, const http::server& admin) {
  const auto of_admin = admin.address();
  return {server.address(), server.tls_address(), of_admin.empty() ? admin.tls_address() : of_admin};
}

std::string shown(const std::string& address) { return address.empty() ? "off" : address; }

/// In this order, which scripts read: http first, then admin; https behind them.
void log_ready(const addresses& bound, const worker_count& workers, const stop::shutdown& stop,
               const program& identity) {
  log::info("ready", {{"http", shown(bound.http)},
                      {"admin", shown(bound.admin)},
                      {"https", shown(bound.https)},
                      {"workers", workers.number},
                      {"cores", workers.cores},
                      {"cpu_quota", workers.quota()},
                      {"pid", ::getpid()},
                      {"shutdown", stop::to_string(stop.clock().plan())},
                      {"program", identity.name},
                      {"version", identity.version}});
}

}  // namespace

stop::report serve(const configuration::settings& configured, const control_plane& control,
                   const build_with_settings& build) {
  const auto& given = configured.common;
  control.host.plan(given.shutdown.total);
  if (control.host.stop_requested()) leave_early(control.host);
  const auto admin_token = provide_admin_token(given.admin);
  const worker_count counted(given.http);
  const auto worker_threads = counted.number;
  descriptor_account descriptors(descriptors_to_serve(worker_threads),
                                 "serving with " + std::to_string(worker_threads) + " workers");
  give_large_blocks_back();
  tracing traces(control.keys.identity(), control.environment, descriptors);  // before all that has spans
  std::optional<service::places> places;
  stop::shutdown stop(control.context, stop::make_plan(given.shutdown), [&](int code) {
    if (places) places->last_words();
    control.host.leave(code);
  });
  stop.guarded_by(control.watchdog);

  stop::readiness readiness;
  stop.on_trigger([&] { readiness.stop(); });

  const auto failed = [&](std::string why) { stop.fail(std::move(why)); };
  traces.closed_by(stop);
  // On the control plane: it answers while every worker is blocked. Of what answers the first in, so the last to be
  // closed.
  http::router admin_routes;
  late_server admin_place;
  stop.add("admin", admin_place);

  process::worker_pool workers(worker_threads, failed);
  stop.add("workers", workers);
  blocking_pool blocking(given.blocking);
  stop.add("blocking pool", blocking);

  if (control.host.stop_requested()) leave_early(control.host);
  places.emplace(control.keys.identity(), given, stop, readiness, admin_routes, blocking, descriptors, control.context,
                 traces.tracer(), [&] { return control.host.stop_requested(); });
  traces.show(places->metrics);
  failed_start start(places);
  service app(*places);
  build(app, configured.own.get());
  tell_of_long_routes(places->routes, given.shutdown);

  const auto& rate = given.http.rate_limit;
  rate_limiter limiter(rate.requests, rate.window, places->rate_counts);
  if (rate.requests != 0)
    places->routes.guarded_by([&](const http::request& asked) { return limiter.admit(std::string(asked.client())); });
  descriptors.take(tls_listeners::descriptors(given, places->identity, worker_threads));
  tls_listeners tls(given, places->identity);
  http::server server(contexts(workers), places->routes, given.http, stop.clock(),
                      http_options(given, places->identity, control.inherited, tls, traces.tracer(), failed));
  stop.drains(server);
  // After the service's own listener: a client that can connect to this one can connect to both.
  auto& admin = admin_place.opened.emplace(std::vector{&control.context}, admin_routes, admin_server(given),
                                           stop.clock(), admin_options(control.inherited, tls, failed));
  add_admin_routes(admin_routes, {server, stop, readiness, places->background, places->metrics,
                                  admin_access(given.admin, admin_token, admin.is_on_this_machine()),
                                  places->identity.version, tls.all()});

  if (control.host.stop_requested()) leave_early(control.host);

  process::service_manager manager(control.inherited.notify_socket);
  process::heartbeat heart(control.context, contexts(workers), [&] { manager.watchdog(); });
  process::upgrade upgrade(control.context, control.inherited, control.self, given.upgrade.timeout,
                           {stop, places->background, manager, shared_listeners(server, admin),
                            [&](bool shared) { places->shared(shared); }, [&] { return admin.close(); }});
  stop.on_trigger([&] {
    manager.stopping();
    heart.stop();
    upgrade.call_off();
  });
  stop.on_progress([&](const stop::shutdown::progress& now) { manager.progress(now); });
  stop.on_last([&] {
    control.host.stop_waiting();
    control.reload.stop_waiting();
    upgrade.stop_waiting();
  });

  places->started();
  start.started();
  workers.start();
  server.start();
  readiness.started();  // before the first probe: in an upgrade a probe that sees `starting` reads it as 'down'
  admin.start();
  control.reload.bind(
      {[&] { manager.reloading(); },
       [&](const configuration::settings& fresh) { apply(fresh, configured, control.keys, server, tls); },
       [&] { manager.ready(); }});
  control.host.bind(stop, [&] { control.reload.begin(); }, [&] { upgrade.begin(); });
  const auto bound = addresses_of(server, admin);
  log_ready(bound, counted, stop, places->identity);
  control.host.ready(bound);
  upgrade.ready([&] {
    if (stop.stopping()) return;
    manager.ready("serving on " + (bound.http.empty() ? bound.https : bound.http));
    heart.start(control.inherited.watchdog / 2);
  });
  run_to_the_end(control.context, stop);
  return stop.result();
}

}  // namespace sundown::serving
