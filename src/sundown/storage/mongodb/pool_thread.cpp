#include "storage/mongodb/pool_thread.hpp"

#include <sundown/log.hpp>
#include <sundown/time.hpp>

#include "base/left_behind.hpp"
#include "base/start_thread.hpp"
#include "log/failure.hpp"
#include "storage/mongodb/driver.hpp"
#include "storage/mongodb/heartbeat_fault.hpp"
#include "storage/mongodb/uri.hpp"

#include <algorithm>
#include <string_view>

namespace sundown::mongodb {

namespace {

using namespace std::chrono_literals;

/// Whether a wait that took so long was ended by its limit. The driver counts in whole milliseconds and cuts off the
/// rest, so that it gives up a little early: 999 ms of 1000 are usual.
bool timed_out(clock::duration took, std::chrono::milliseconds limit) { return took + 10ms >= limit; }

/// Driver 1.30 and newer tells of its own end as of a deployment that has lost all servers.
bool has_no_server(const mongoc_topology_description_t* description) {
  std::size_t count = 0;
  auto** const all = mongoc_topology_description_get_servers(description, &count);
  mongoc_server_descriptions_destroy_all(all, count);
  return count == 0;
}

}  // namespace

/// The driver calls these on its own threads, with its own locks held: they do no more than change the state.
struct pool_thread::callbacks {
  static void topology_changed(const mongoc_apm_topology_changed_t* event) {
    const auto* const now = mongoc_apm_topology_changed_get_new_description(event);
    const bool writable = mongoc_topology_description_has_writable_server(now);
    auto& self = owner(mongoc_apm_topology_changed_get_context(event));
    if (self.ending_pool_ && has_no_server(now)) return;
    if (writable) self.reached_ = true;
    self.change([&](deployment_state& state) { state.topology_changed(writable, clock::now()); });
  }
  static void heartbeat_failed(const mongoc_apm_server_heartbeat_failed_t* event);
  static void command_failed(const mongoc_apm_command_failed_t* event);
  static pool_thread& owner(void* context) { return *static_cast<pool_thread*>(context); }
};

struct pool_thread::driver {
  driver(const options& configured, pool_thread& owner) : uri(read_uri(configured)) {
    bson_error_t failed{};
    pool.reset(mongoc_client_pool_new_with_error(uri.native.get(), &failed));
    if (!pool) {
      throw startup_error("cannot use " + configured.uri_key + " (" + uri.shown +
                          "): " + static_cast<const char*>(failed.message));
    }
    mongoc_client_pool_set_error_api(pool.get(), MONGOC_ERROR_API_VERSION_2);
    const handle<mongoc_apm_callbacks_t, mongoc_apm_callbacks_destroy> calls(mongoc_apm_callbacks_new());
    mongoc_apm_set_topology_changed_cb(calls.get(), callbacks::topology_changed);
    mongoc_apm_set_server_heartbeat_failed_cb(calls.get(), callbacks::heartbeat_failed);
    mongoc_apm_set_command_failed_cb(calls.get(), callbacks::command_failed);
    mongoc_client_pool_set_apm_callbacks(pool.get(), calls.get(), &owner);
  }

  void make_room_for(std::size_t connections) {
    if (mongoc_uri_has_option(uri.native.get(), MONGOC_URI_MAXPOOLSIZE)) return;
    mongoc_client_pool_max_size(pool.get(), static_cast<std::uint32_t>(connections));
  }

  /// Ending the sessions would begin with a search for a server, though it is known that there is none; by themselves
  /// they time out. Made for the child of a fork, this forgets them for the whole pool, up to driver 2.1.
  void forget_sessions() {
    if (mongoc_check_version(2, 2, 0)) return;
    auto* const any = mongoc_client_pool_try_pop(pool.get());
    if (!any) return;
    mongoc_client_reset(any);
    mongoc_client_pool_push(pool.get(), any);
  }

  deployment_uri uri;
  handle<mongoc_client_pool_t, mongoc_client_pool_destroy> pool;
};

void pool_thread::callbacks::heartbeat_failed(const mongoc_apm_server_heartbeat_failed_t* event) {
  bson_error_t failed{};
  mongoc_apm_server_heartbeat_failed_get_error(event, &failed);
  auto& self = owner(mongoc_apm_server_heartbeat_failed_get_context(event));
  const std::chrono::microseconds took{mongoc_apm_server_heartbeat_failed_get_duration(event)};
  // An awaited one is answered when something changes, at the latest after an interval.
  const auto& uri = self.driver_->uri;
  const auto wait = uri.connecting + (mongoc_apm_server_heartbeat_failed_get_awaited(event) ? uri.heartbeat : 0ms);
  self.change([&](deployment_state& state) {
    const heartbeat_facts facts(uri.tls, self.reached_, self.configured_.uri_key);
    state.heartbeat_failed(heartbeat_fault(static_cast<const char*>(failed.message), facts), timed_out(took, wait));
  });
}

// Of the commands only the driver's own counts, its last: sent on the thread of the pool.
void pool_thread::callbacks::command_failed(const mongoc_apm_command_failed_t* event) {
  if (std::string_view(mongoc_apm_command_failed_get_command_name(event)) != "endSessions") return;
  bson_error_t failed{};
  mongoc_apm_command_failed_get_error(event, &failed);
  if (!is_lost_answer(failed)) return;  // a refusal is an answer
  auto& self = owner(mongoc_apm_command_failed_get_context(event));
  const std::chrono::microseconds took{mongoc_apm_command_failed_get_duration(event)};
  self.farewell_ = timed_out(took, self.driver_->uri.attempt) ? close_result::unanswered : close_result::omitted;
}

std::shared_ptr<pool_thread> pool_thread::start(const options& configured, std::size_t borrowers, listener tell,
                                                preparation prepare) {
  std::shared_ptr<pool_thread> made(new pool_thread(configured, borrowers, std::move(tell), std::move(prepare)));
  made->listener_(false, "connecting");
  // Signals are blocked in the driver's threads too, which start on this one.
  made->thread_ = base::start_thread(
      "mongodb", [self = made, alive = made->alive_.enter().value()]() mutable { self->main(std::move(alive)); });
  return made;
}

pool_thread::pool_thread(const options& configured, std::size_t borrowers, listener tell, preparation prepare)
    : configured_(configured),
      listener_(std::move(tell)),
      prepare_(std::move(prepare)),
      driver_(std::make_unique<driver>(configured_, *this)),
      state_(driver_->uri.selection, clock::now()) {
  constexpr std::size_t of_our_own = 1;
  driver_->make_room_for(borrowers + of_our_own);
}

pool_thread::~pool_thread() = default;

void pool_thread::main(sundown::detail::call_gate::pass alive) noexcept {
  for (bool done = false; !done;) {
    try {
      run();
      done = true;
    } catch (...) {  // for want of memory; it goes on where it was
      log::report_failure("the thread of the MongoDB client", std::current_exception());
      std::this_thread::sleep_for(100ms);
    }
  }
  end_pool(std::move(alive));
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

// The driver can't be interrupted where it connects, and waits for a silent server until its own limits pass.
void pool_thread::leave() {
  constexpr auto moment = 250ms;
  ask_to_end();
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, moment, [this] { return ended_; })) {
    lock.unlock();
    return thread_.join();
  }
  changed_.wait(lock, [this] { return !telling_; });
  base::leave_behind(thread_);
}

void pool_thread::ask_to_end() {
  const std::scoped_lock lock(mutex_);
  ending_ = true;
  changed_.notify_all();
}

void pool_thread::change(const std::function<void(deployment_state&)>& by) {
  const std::scoped_lock lock(mutex_);
  by(state_);
  changed_.notify_all();
}

void pool_thread::run() {
  if (auto first = borrow({}); first) give_back(std::move(*first));  // starts the driver's monitoring
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (tell(lock)) continue;
    const auto now = clock::now();
    if (state_.wants_preparation(now)) {
      prepare(lock);
    } else if (const auto next = state_.next_change(now)) {
      changed_.wait_until(lock, *next);
    } else {
      changed_.wait(lock);
    }
  }
}

// Where the server is known to be lost, nobody waits for the driver, which may search for it first.
void pool_thread::end_pool(sundown::detail::call_gate::pass alive) {
  ending_pool_ = true;
  closed_how_ = how_closed();
  if (closed_how_ != close_result::closed) {
    alive.leave();
    driver_->forget_sessions();
    return driver_->pool.reset();
  }
  driver_->pool.reset();
  closed_how_ = how_closed();
  alive.leave();
}

close_result pool_thread::how_closed() const {
  const std::scoped_lock lock(mutex_);
  if (state_.silent()) return close_result::unanswered;
  if (farewell_ != close_result::closed) return farewell_;
  return state_.lost(clock::now()) ? close_result::omitted : close_result::closed;
}

/// Tells the listener what is new, then the log, without the lock. False if nothing is.
bool pool_thread::tell(std::unique_lock<std::mutex>& lock) {
  using verdict = deployment_state::verdict;
  state_.settle(clock::now());
  const auto now = state_.at(clock::now());
  down_.store(now == verdict::down, std::memory_order_release);
  if (now == verdict::in_doubt) return false;
  const bool up = now == verdict::up;
  const auto news = up ? told::up : told::down;
  const auto why = up ? state_.complaint() : state_.why();
  if (told_ == news && told_why_ == why) return false;
  const bool turned = told_ != news;
  told_why_ = why;
  telling_ = true;
  lock.unlock();
  listener_(up, why);
  const auto& server = driver_->uri.shown;
  if (up && turned) log::info("mongodb is up", {{"server", server}, {"database", driver_->uri.database}});
  if (up && !turned && why.empty()) log::info("mongodb refuses nothing any more", {{"server", server}});
  if (up && !why.empty()) log::warn("mongodb is up, but it refuses", {{"server", server}, {"error", why}});
  if (!up && turned) log::warn("mongodb is down", {{"server", server}, {"error", why}});
  lock.lock();
  telling_ = false;
  told_ = news;
  changed_.notify_all();
  return true;
}

void pool_thread::prepare(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  result<void> outcome = error{errc::canceled, "closed"};
  if (auto inside = gate_.enter()) {
    if (auto connection = borrow(clock::now() + driver_->uri.attempt)) {
      outcome = prepare_(**connection);
      give_back(std::move(*connection));
    } else {
      outcome = connection.error();
    }
  }
  lock.lock();
  state_.prepared(outcome, clock::now());
}

std::optional<error> pool_thread::down() const {
  if (!down_.load(std::memory_order_acquire)) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  return error{errc::unavailable, "mongodb is down: " + told_why_};
}

const std::string& pool_thread::server() const noexcept { return driver_->uri.shown; }
const trace::database_address& pool_thread::traced_as() const noexcept { return driver_->uri.traced_as; }

result<std::unique_ptr<connection>> pool_thread::borrow(connection::time_point until) {
  auto* const client = mongoc_client_pool_pop(driver_->pool.get());
  if (!client) return error{errc::busy, "all connections are in use (maxPoolSize in " + configured_.uri_key + ")"};
  const auto& uri = driver_->uri;
  return std::make_unique<connection>(client, configured_, uri.database, uri.attempt, until);
}

void pool_thread::give_back(std::unique_ptr<connection> used) {
  mongoc_client_pool_push(driver_->pool.get(), used->client());
  if (!used->locked_out().empty())
    change([&](deployment_state& state) { state.locked_out(used->locked_out(), clock::now()); });
  if (!used->refused().empty()) change([&](deployment_state& state) { state.refused(used->refused(), clock::now()); });
}

std::string pool_thread::wait_up(bool patient, const std::function<bool()>& give_up) {
  constexpr std::chrono::milliseconds look{50};  // for give_up, which nobody announces
  const auto end = clock::now() + configured_.timeout;
  std::unique_lock lock(mutex_);
  while (told_ != told::up && (patient || told_ == told::nothing) && clock::now() < end) {
    changed_.wait_until(lock, std::min(end, clock::now() + look));
    lock.unlock();
    const bool enough = give_up();
    lock.lock();
    if (enough) break;
  }
  if (told_ == told::up) return {};
  return told_ == told::down ? told_why_ : "no answer within " + std::to_string(configured_.timeout.count()) + " ms";
}

}  // namespace sundown::mongodb
