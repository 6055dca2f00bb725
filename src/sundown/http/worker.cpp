#include "http/worker.hpp"

#include "http/exchange.hpp"
#include "http/session.hpp"
#include "stop/spawn_named.hpp"

#include <sundown/trace/tracer.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sundown::http::detail {

using namespace std::chrono_literals;

namespace {

/// A stop looks more often for clients that are gone, so that it waits for none of them.
constexpr auto look_while_stopping = 100ms;
/// The least time between two looks while serving, however short the sweep's limits are: a look costs a system call for
/// each connection with a handler.
constexpr auto look_while_serving = 500ms;

/// Connections that end at a time: those who wait behind have their turn between two looks.
constexpr std::size_t most_at_once = 64;
/// A client that has just connected is about to ask, and a handshake takes two round trips.
constexpr auto asking_time = 20ms;
constexpr auto handshake_time = 250ms;
/// How long answers end their connections once no connection could be spared: longer than a listener rests between two
/// looks.
constexpr auto closing_answers = 600ms;

/// How much is lost when a connection in this phase is ended for a new one; nullopt for one that must not be ended.
std::optional<int> loss(phase current) {
  switch (current) {
    case phase::handshake:
    case phase::fresh:
    case phase::idle:
    case phase::linger:
      return 0;
    case phase::head:
    case phase::body:
      return 1;
    case phase::answer:
    case phase::stream:
      return 2;
    case phase::queued:
    case phase::handling:
    case phase::websocket:
    case phase::streams:
      break;
  }
  return std::nullopt;
}

/// Whether that is too early for it to be idle.
bool is_new(const connection& open, clock::time_point now) {
  switch (open.status().phase()) {
    case phase::fresh:
      return now - open.active_at() < asking_time;
    case phase::handshake:
      return now - open.active_at() < handshake_time;
    default:
      return false;
  }
}

/// A connection that can be spared: the least loss first, then the longest idle.
struct spare {
  int loss = 0;
  clock::time_point since;
  connection* which = nullptr;

  bool operator<(const spare& other) const noexcept {
    return std::pair(loss, since) < std::pair(other.loss, other.since);
  }
};

/// The first of those that it is offered, at most so many.
class best_spares {
 public:
  explicit best_spares(std::size_t most) : most_(std::min(most, all_.size())) {}

  void offer(const spare& one) {
    if (most_ == 0 || (count_ == most_ && !(one < all_.front()))) return;
    if (count_ == most_) {
      std::pop_heap(begin(), end());
      --count_;
    }
    all_[count_++] = one;
    std::push_heap(begin(), end());
  }
  std::size_t size() const noexcept { return count_; }
  spare* begin() noexcept { return all_.data(); }
  spare* end() noexcept { return all_.data() + count_; }

 private:
  std::array<spare, most_at_once> all_{};
  std::size_t most_, count_ = 0;
};

}  // namespace

/// A session with its place in the registry. The worker is told of its end, once nothing of it is counted any more.
class worker::client {
 public:
  client(worker& owner, boost::scope::unique_fd socket, const encryption* encrypted)
      : end_(owner), session_(owner.parts_, std::move(socket), encrypted) {
    owner.connections_.add(session_.connection());
  }
  ~client() { end_.owner.connections_.remove(session_.connection()); }
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  task<> run() {
    auto& opened = session_.connection();
    if (opened.parts().proxy_protocol) return session_.run_behind_proxy();
    return opened.io().encrypted() ? session_.run_encrypted() : session_.run();
  }

 private:
  struct end_notice {
    explicit end_notice(worker& told) noexcept : owner(told) {}
    ~end_notice() { owner.client_ended(); }
    end_notice(const end_notice&) = delete;
    end_notice& operator=(const end_notice&) = delete;
    worker& owner;
  };

  const end_notice end_;  // first, so that it is destroyed last
  session session_;
};

worker::worker(asio::io_context& context, const router& routes, const http_config& limits, const drain_state& drain,
               std::vector<door> doors, options how)
    : how_(std::move(how)), parts_(context.get_executor(), routes, limits, drain, how_.access_log) {
  parts_.http2 = how_.http2;
  parts_.traces = how_.traces;
  for (auto& [acceptor, kind] : doors) {
    listeners_.push_back(std::make_unique<listener>(std::move(acceptor), kind, drain, how_.spare_descriptors));
  }
}

clock::time_point worker::last_accepted() const noexcept {
  clock::time_point newest{};
  for (const auto& one : listeners_) newest = std::max(newest, one->last_accepted());
  return newest;
}

std::size_t worker::swept() const noexcept {
  std::size_t sum = 0;
  for (const auto& one : listeners_) sum += one->swept();
  return sum;
}

stop::drain_summary worker::summary() const {
  auto summary = parts_.book.summary();
  summary.swept = swept();
  return summary;
}

void worker::prepare() {
  parts_.book.make_room(parts_.routes.routes().size());
  if (how_.shares && admission::is_needed(parts_.limits, parts_.routes)) {
    parts_.admission = std::make_unique<admission>(executor(), parts_.limits, *how_.shares);
  }
}

void worker::start() {
  start_sweep();  // before the first client: its handler may keep this thread, and that is a lag to be seen
  std::function<std::size_t(std::size_t)> room;
  if (how_.yields != server::yielding::nobody) room = [this](std::size_t clients) { return make_room(clients); };
  const auto in_the_clear = [this](boost::scope::unique_fd socket) { accept(std::move(socket), nullptr); };
  const auto encrypted = [this](boost::scope::unique_fd socket) { accept(std::move(socket), how_.tls.get()); };
  for (const auto& one : listeners_) {
    listener::surroundings around{[this] { return full(); }, room, in_the_clear, how_.on_failure};
    if (one->kind() == listener_kind::tls) around.on_accept = encrypted;
    one->start(std::move(around));
  }
}

void worker::accept(boost::scope::unique_fd socket, const encryption* encrypted) {
  start_sweep();  // if it had ended, for want of memory
  parts_.book.accepted();
  auto accepted = std::make_unique<client>(*this, std::move(socket), encrypted);
  auto run = accepted->run();
  stop::spawn_named("a connection", executor(), std::move(run), std::move(accepted));
}

bool worker::full() const noexcept {
  const auto most = parts_.limits.max_connections;
  return most != 0 && connections_.size() >= most;
}

std::size_t worker::make_room(std::size_t clients) {
  const auto ending = yield_to(clients);
  if (ending == 0 && !full() && how_.ask_others) how_.ask_others(*this, clients);
  return ending;
}

std::size_t worker::yield_to(std::size_t clients) {
  const auto now = clock::now();
  const bool anybody = how_.yields == server::yielding::anybody;
  std::size_t ending = 0;
  best_spares spares(clients);
  connections_.for_each([&](connection& open) {
    const auto lost = loss(open.status().phase());
    if (open.makes_room()) {  // already; told again, should it have been busy with bytes that were no request
      const bool lingers = open.status().phase() == phase::linger;
      if (lost == 0 && open.on_room_wanted(anybody) && !lingers) ++ending;
      return;
    }
    if (!lost || (!anybody && (*lost != 0 || is_new(open, now)))) return;
    spares.offer({*lost, open.active_at(), &open});
  });
  for (const auto& each : spares) {
    if (ending >= clients) break;
    if (!each.which->on_room_wanted(anybody)) continue;
    parts_.book.displaced();
    ++ending;
  }
  if (ending == 0) {
    parts_.answers_close = true;
    closing_answers_until_ = clock::now() + closing_answers;
  }
  return ending;
}

void worker::end_closing_answers(clock::time_point now) noexcept {
  if (now >= closing_answers_until_) parts_.answers_close = false;
}

std::chrono::milliseconds worker::sweep_interval() const {
  const auto& limits = parts_.limits;
  const auto shortest =
      std::min({limits.header_timeout, limits.idle_timeout, limits.body_grace, limits.stall_limit / 8, limits.linger});
  return std::clamp(shortest / 4, 10ms, 1000ms);
}

template <class Call>
void worker::with_each(Call call) noexcept {
  connections_.for_each([&](connection& open) {
    try {
      call(open);
    } catch (...) {
      log::report_failure("a connection's deadline or end", std::current_exception());
    }
  });
}

void worker::start_sweep() noexcept {
  if (!finished_) sweep_loop_.start(executor(), [this] { return sweep(); });
}

task<> worker::sweep() {
  const auto interval = sweep_interval();
  const auto& stop = parts_.stop;
  while (!finished_) {
    const auto now = clock::now();
    const bool look = now >= next_look_;
    if (look) {
      if (stop.draining()) note_traces();
      next_look_ =
          now + (stop.draining() ? std::min(interval, look_while_stopping) : std::max(interval, look_while_serving));
    }
    auto nearest = clock::time_point::max(), run_end = nearest;
    with_each([&](connection& open) {
      open.on_sweep(now, look);
      nearest = std::min(nearest, open.deadline());
      run_end = std::min(run_end, open.run_end());
    });
    for (const auto& one : listeners_) one->revive();
    end_closing_answers(now);
    if (parts_.admission) parts_.admission->revive();
    tell_if_empty();
    // Coarse while serving, but for the time of handlers; exact while stopping. In steps of 5 ms, so that many
    // deadlines share a sweep.
    auto next = std::min(now + interval, std::max(run_end, now + 5ms));
    if (stop.draining()) next = std::min({next, next_look_, std::max(nearest, now + 5ms)});
    parts_.sweep.set(next);
    lag_.expect(next);
    co_await parts_.sweep.wait(sweep_loop_.hold(as_result));
    lag_.ran(clock::now());  // woken early or not: the wake itself may be late
  }
}

void worker::add_to(server_figures& sum) const {
  parts_.book.add_to(sum);
  if (parts_.admission) parts_.admission->add_to(sum);
  for (std::size_t i = 0; i < phase_count; ++i) sum.connections_by_phase[i] += phases().in(static_cast<phase>(i));
  sum.requests += requests();
  sum.proxy_protocol |= parts_.proxy_protocol;
  sum.http2 |= parts_.http2 != nullptr;
  sum.swept += swept();
  sum.largest_lag = std::max(sum.largest_lag, lag_.largest(clock::now()));
}

void worker::announce() {
  const auto now = parts_.announced_at = clock::now();
  with_each([now](connection& open) { open.on_announce(now); });
  note_traces();
  next_look_ = now;
  parts_.sweep.wake();
  parts_.book.flush();
}

void worker::note_traces() noexcept {
  if (!parts_.traces || parts_.traces->off()) return;
  std::vector<request_traces::entry> noted;
  const auto take = [&noted](const exchange& current) {
    const auto* const shown = current.shown;
    if (!current.head_done() || !shown->in_request()) return;  // its trace may still come, or is over
    if (const auto trace = told_trace(current)) noted.push_back({shown, shown->started(), *trace});
  };
  with_each([&take](connection& open) { open.for_each_request(take); });
  traces_.replace(std::move(noted));
}

task<> worker::close_listeners(listener::patience how) {
  ++closings_;
  try {
    for (const auto& one : listeners_) {
      const auto left = co_await one->close(how);
      if (left > 0) parts_.book.cut({std::to_string(left) + " in the accept queue", {}, "not accepted"});
    }
  } catch (...) {
    log::report_failure("closing a listener", std::current_exception());
  }
  --closings_;
  tell_if_empty();
}

void worker::end_idle() {
  const auto now = clock::now();
  with_each([now](connection& open) {
    // Skip new connections: a probe that has just connected would read the close as "down".
    if (open.status().phase() == phase::idle) open.on_deadline(now);
  });
}

void worker::hard_cancel() {
  with_each([](connection& open) { open.on_hard_cancel(); });
}

void worker::abort_all(const std::string& why) {
  with_each([&why](connection& open) { open.give_up(why.c_str()); });
}

void worker::when_empty(std::function<void()> call) {
  when_empty_ = std::move(call);
  tell_if_empty();
}

void worker::client_ended() noexcept {
  for (const auto& one : listeners_) one->room_again();
  tell_if_empty();
}

/// The next sweep repeats a call for which there is no memory.
void worker::tell_if_empty() noexcept {
  if (!connections_.empty() || closings_ != 0 || !when_empty_) return;
  try {
    when_empty_();
    when_empty_ = nullptr;
  } catch (...) {
    log::report_failure("telling that all connections have ended", std::current_exception());
  }
}

void worker::finish() {
  finished_ = true;
  lag_.expect({});
  with_each([](connection& open) { open.on_finish(); });
  parts_.sweep.wake();
  if (parts_.admission) parts_.admission->close();
  parts_.book.close();
}

}  // namespace sundown::http::detail
