#include <sundown/http/server.hpp>

#include "http/drain_state.hpp"
#include "http/listening_sockets.hpp"
#include "http/worker.hpp"
#include "stop/event.hpp"
#include "stop/spawn_named.hpp"

#include <sundown/error.hpp>
#include <sundown/log.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <forward_list>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace sundown::http {

using namespace std::chrono_literals;

namespace {

/// How long a worker may take to answer the control plane before it counts as blocked.
constexpr clock::duration worker_patience = 50ms;
/// At the end of the drain this part of what is left until the total, if that is more: on a busy machine a thread that
/// is blocked by nothing can be late.
constexpr int patience_part = 25;
/// What close() gives to requests that are being answered, and to clients that have just connected.
constexpr auto closing_patience = 100ms;

asio::ip::tcp::endpoint endpoint_of(const detail::listener_keys& keys, const std::string& given, std::uint16_t port) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(given, ec);
  if (ec) {
    throw startup_error(keys.address + ": '" + given + "' is no IP address: use one such as 127.0.0.1, 0.0.0.0 or ::");
  }
  return {address, port};
}

task<> close_then(detail::worker& one, detail::listener::patience how, stop::wait_group all) {
  co_await one.close_listeners(how);
  all.leave();
}

}  // namespace

struct server::state {
  state(const router& served, const http_config& given, const stop::budget& timing, std::size_t worker_count)
      : routes(served), config(given), drain(timing), admission(given.max_requests, worker_count) {}

  /// Each worker's share of http.max_connections.
  void share_connections(std::size_t workers_in_all) {
    config.max_connections = (config.max_connections + workers_in_all - 1) / workers_in_all;
  }

  /// Has the other workers make room for clients of this one. Any worker's thread.
  void ask_others(const detail::worker& asking, std::size_t clients) {
    for (auto& one : workers) {
      if (one.get() == &asking) continue;
      asio::post(one->executor(), [one = one.get(), clients] { one->yield_to(clients); });
    }
  }

  /// Runs `call` with each worker on that worker's thread.
  template <class Call>
  void on_each(Call call) {
    for (auto& one : workers) asio::post(one->executor(), [one = one.get(), call] { call(*one); });
  }

  /// Completes when every worker that isn't blocked has closed its listeners.
  asio::awaitable<void> close_listeners(detail::listener::patience how);

  const router& routes;
  http_config config;
  detail::drain_state drain;
  detail::admission_shares admission;
  // The listening sockets, each once; the workers' acceptors own them.
  std::optional<detail::listening_address> bound, tls_bound;
  std::vector<int> sockets, tls_sockets;
  /// The files of unix sockets, by their listener.
  std::vector<std::pair<detail::listener_kind, detail::socket_file>> files;

  /// From then on no new client finds them. Those that another process has as well are that one's to remove.
  void remove_files() noexcept {
    for (auto& [kind, file] : files)
      if (!drain.listeners_shared(kind)) file.remove();
  }
  bool removes_files_unstarted = false;  ///< they are its own, and nobody else's
  ~state() {
    if (removes_files_unstarted) remove_files();
  }

  /// Keeps the reason why connections are given up, which they point to until they have ended. Any thread.
  const std::string* kept(std::string why) {
    if (why.empty()) why = "aborted";  // no reason would say that nothing was cut
    const std::lock_guard lock(reasons_mutex);
    return &reasons.emplace_front(std::move(why));
  }
  std::mutex reasons_mutex;
  std::forward_list<std::string> reasons;

  std::vector<std::unique_ptr<detail::worker>> workers;
};

server::server(std::vector<asio::io_context*> workers, const router& routes, const http_config& config,
               const stop::budget& timing, options how)
    : state_(std::make_unique<state>(routes, config, timing, workers.size())) {
  state_->share_connections(workers.size());
  const auto listen = [&](std::string port_key, std::uint16_t port, const std::vector<int>& handed_over) {
    if (!handed_over.empty()) return detail::adopt_sockets(workers, handed_over);
    const detail::listener_keys keys{how.name + ".address", std::move(port_key)};
    if (const auto path = detail::unix_path(config.address)) {
      state_->removes_files_unstarted = true;
      return detail::open_unix_socket(keys, workers, *path, config.socket_mode, config.backlog);
    }
    return detail::open_sockets(keys, workers, endpoint_of(keys, config.address, port), config.backlog);
  };
  std::vector<std::vector<detail::worker::door>> doors(workers.size());
  const auto add = [&](detail::listening_sockets& opened, detail::listener_kind kind) {
    for (auto& file : opened.files) state_->files.emplace_back(kind, std::move(file));
    for (std::size_t i = 0; i < workers.size(); ++i)
      for (auto& acceptor : opened.by_worker[i]) doors[i].push_back({std::move(acceptor), kind});
  };
  if (config.plain) {
    auto opened = listen(how.name + ".port", config.port, how.sockets);
    state_->bound = opened.first;
    state_->sockets = std::move(opened.sockets);
    add(opened, detail::listener_kind::plain);
  }
  if (how.tls) {
    auto opened = listen(how.tls_port_key, config.tls_port, how.tls_sockets);
    state_->tls_bound = opened.first;
    state_->tls_sockets = std::move(opened.sockets);
    add(opened, detail::listener_kind::tls);
  }
  const detail::worker::options of_each{
      how.access_log,
      how.spare_descriptors,
      how.yields,
      [this](const detail::worker& asking, std::size_t clients) { state_->ask_others(asking, clients); },
      &state_->admission,
      how.tls,
      config.h2c || how.tls ? how.http2 : nullptr,
      how.traces,
      how.on_failure};
  for (std::size_t i = 0; i < workers.size(); ++i) {
    state_->workers.push_back(std::make_unique<detail::worker>(*workers[i], routes, state_->config, state_->drain,
                                                               std::move(doors[i]), of_each));
  }
}

server::~server() = default;

void server::start() {
  state_->removes_files_unstarted = false;
  for (auto& one : state_->workers) one->prepare();
  state_->on_each([](detail::worker& one) { one.start(); });
}

void server::set_access_log(bool enabled) {
  state_->on_each([enabled](detail::worker& one) { one.set_access_log(enabled); });
}

asio::ip::tcp::endpoint server::local_endpoint() const {
  return state_->bound ? state_->bound->tcp : tls_endpoint().value_or(asio::ip::tcp::endpoint());
}

std::optional<asio::ip::tcp::endpoint> server::tls_endpoint() const {
  if (!state_->tls_bound) return std::nullopt;
  return state_->tls_bound->tcp;
}

std::string server::address() const { return state_->bound ? state_->bound->text() : ""; }

std::string server::tls_address() const { return state_->tls_bound ? state_->tls_bound->text() : ""; }

bool server::is_on_this_machine() const {
  const auto local = [](const std::optional<detail::listening_address>& at) {
    return !at || !at->unix_path.empty() || at->tcp.address().is_loopback();
  };
  return local(state_->bound) && local(state_->tls_bound);
}

const std::vector<int>& server::listening_sockets() const { return state_->sockets; }

const std::vector<int>& server::tls_listening_sockets() const { return state_->tls_sockets; }

void server::share_listeners(bool shared) { state_->drain.share_listeners(detail::listener_kind::plain, shared); }

void server::share_tls_listeners(bool shared) { state_->drain.share_listeners(detail::listener_kind::tls, shared); }

void server::announce() {
  state_->drain.announce();
  state_->on_each([](detail::worker& one) { one.announce(); });
}

clock::time_point server::last_accepted() const noexcept {
  clock::time_point newest{};
  for (const auto& one : state_->workers) newest = std::max(newest, one->last_accepted());
  return newest;
}

asio::awaitable<void> server::close_listeners() { return state_->close_listeners(detail::listener::patience::all); }

asio::awaitable<void> server::state::close_listeners(detail::listener::patience how) {
  remove_files();
  const stop::wait_group all(workers.size());
  on_each([all, how](detail::worker& one) {
    stop::spawn_named("closing the listeners", one.executor(), close_then(one, how, all));
  });
  // A blocked worker can't close its listener now; it will when it comes back, or the exit does it. One that has no
  // file descriptor for its clients goes on beside the drain.
  const bool closed = co_await all.wait_until(clock::now() + 1s);
  if (!closed) log::warn("a listener is still open: its worker is blocked, or can't accept those who wait");
}

asio::awaitable<stop::drain_summary> server::drain(const stop::budget& timing) {
  const stop::wait_group busy(state_->workers.size());
  state_->on_each([busy](detail::worker& one) { one.when_empty([busy] { busy.leave(); }); });

  const auto hard_cancel = [&timing] { return timing.hard_cancel_at(); };
  const auto drain_end = [&timing] { return timing.drain_end(); };
  bool all_ended = co_await busy.wait_until(hard_cancel);
  if (!all_ended) {
    state_->drain.hard_cancel();
    state_->on_each([](detail::worker& one) { one.hard_cancel(); });
    all_ended = co_await busy.wait_until(drain_end);
  }
  if (!all_ended) {
    const stop::wait_group heard(state_->workers.size());
    state_->on_each([heard, why = state_->kept("drain")](detail::worker& one) {
      one.abort_all(*why);
      heard.leave();
    });
    const auto now = std::max(timing.drain_end(), clock::now());
    co_await heard.wait_until(now + std::max(worker_patience, (timing.deadline() - now) / patience_part));
    all_ended = co_await busy.wait_until(clock::now() + worker_patience);
  }
  state_->on_each([](detail::worker& one) { one.finish(); });

  stop::drain_summary sum;
  for (const auto& one : state_->workers) {
    auto part = one->summary();
    sum.completed += part.completed;
    sum.refused += part.refused;
    sum.swept += part.swept;
    std::move(part.cut.begin(), part.cut.end(), std::back_inserter(sum.cut));
  }
  if (!all_ended) {
    // Requests of a blocked worker, or of a handler that ignores the stop: they run on, whatever the worker reported.
    for (auto& left : in_flight()) {
      left.why = "stuck";
      sum.cut.push_back(std::move(left));
    }
  }
  co_return sum;
}

asio::awaitable<void> server::close() {
  announce();
  // `few`: the stop needs the control plane's thread, and a client that comes now is a probe, which asks again.
  co_await state_->close_listeners(detail::listener::patience::few);
  const stop::wait_group busy(state_->workers.size());
  state_->on_each([busy](detail::worker& one) {
    one.end_idle();
    one.when_empty([busy] { busy.leave(); });
  });
  const bool all_ended = co_await busy.wait_until(clock::now() + closing_patience);
  if (!all_ended) {
    state_->on_each([why = state_->kept("closed")](detail::worker& one) { one.abort_all(*why); });
    co_await busy.wait_until(clock::now() + worker_patience);
  }
  state_->on_each([](detail::worker& one) { one.finish(); });
}

void server::abort(std::string why) {
  log::warn("aborting all connections", {{"why", why}});
  state_->drain.announce();
  state_->drain.hard_cancel();
  state_->on_each([reason = state_->kept(std::move(why))](detail::worker& one) { one.abort_all(*reason); });
}

std::vector<stop::cut_work> server::in_flight() const {
  std::vector<stop::cut_work> all;
  const auto now = clock::now();
  for (const auto& one : state_->workers) {
    one->inspect([&](const detail::session_status& open) {
      if (open.in_request()) all.push_back({open.name(), open.age(now), {}, one->trace_of(&open, open.started())});
    });
  }
  return all;
}

stop::server_activity server::activity() const {
  stop::server_activity now;
  for (const auto& one : state_->workers) {
    now.connections += one->phases().connections();
    now.requests += one->requests();
  }
  if (now.requests != 0) now.longest = longest_requests();
  return now;
}

/// Only the longest requests get a name: there may be as many requests as connections.
std::vector<stop::cut_work> server::longest_requests() const {
  constexpr std::size_t named = 5;
  struct sight {
    milliseconds age;
    const route* matched;
    http::phase phase;
    std::uint32_t stream;
    // To find its trace by: what it is shown by may be gone by then.
    const detail::worker* by;
    const detail::session_status* shown;
    clock::time_point started;
  };
  const auto older = [](const sight& a, const sight& b) { return a.age > b.age; };
  std::vector<sight> oldest;  // a heap, the youngest first
  const auto now = clock::now();
  for (const auto& one : state_->workers) {
    one->inspect([&](const detail::session_status& open) {
      if (!open.in_request()) return;
      const sight seen{open.age(now), open.matched(), open.phase(), open.stream(), one.get(), &open, open.started()};
      if (oldest.size() == named) {
        if (!older(seen, oldest.front())) return;
        std::pop_heap(oldest.begin(), oldest.end(), older);
        oldest.pop_back();
      }
      oldest.push_back(seen);
      std::push_heap(oldest.begin(), oldest.end(), older);
    });
  }
  std::sort_heap(oldest.begin(), oldest.end(), older);
  std::vector<stop::cut_work> longest;
  for (const auto& one : oldest) {
    longest.push_back({detail::session_status::name(one.matched, one.phase, one.stream),
                       one.age,
                       {},
                       one.by->trace_of(one.shown, one.started)});
  }
  return longest;
}

server_figures server::figures() const {
  server_figures sum;
  for (const auto& one : state_->routes.routes()) {
    route_figures row;
    row.method = boost::beast::http::to_string(one->method);
    row.route = one->pattern;
    sum.routes.push_back(std::move(row));
  }
  sum.routes.emplace_back("-", "-");
  for (const auto& one : state_->workers) std::as_const(*one).add_to(sum);
  return sum;
}

}  // namespace sundown::http
