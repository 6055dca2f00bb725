#include "storage/mongodb/keeper.hpp"

#include <sundown/log.hpp>
#include <sundown/time.hpp>

#include "base/start_thread.hpp"
#include "log/failure.hpp"
#include "storage/mongodb/uri.hpp"

#include <algorithm>

namespace sundown::storage {

namespace {

using namespace std::chrono_literals;

/// Whether a wait that took so long was ended by its limit. The driver counts in whole milliseconds and cuts off the
/// rest, so that it gives up a little early: 999 ms of 1000 are usual.
bool timed_out(clock::duration took, std::chrono::milliseconds limit) { return took + 10ms >= limit; }

}  // namespace

/// What the driver calls, on threads of its own and with locks of its own held: no more than a note is taken.
struct mongo_keeper::callbacks {
  static void topology_changed(const mongoc_apm_topology_changed_t* event) {
    const bool writable =
        mongoc_topology_description_has_writable_server(mongoc_apm_topology_changed_get_new_description(event));
    keeper(mongoc_apm_topology_changed_get_context(event)).change([&](mongo_state& state) {
      state.topology_changed(writable, clock::now());
    });
  }
  static void heartbeat_failed(const mongoc_apm_server_heartbeat_failed_t* event);
  static mongo_keeper& keeper(void* context) { return *static_cast<mongo_keeper*>(context); }
};

struct mongo_keeper::driver {
  driver(const mongo_options& options, mongo_keeper& keeper) : uri(read_mongo_uri(options.uri, options.timeout)) {
    bson_error_t failed{};
    pool.reset(mongoc_client_pool_new_with_error(uri.native.get(), &failed));
    if (!pool) {
      throw startup_error("cannot use storage.mongodb.uri (" + uri.shown +
                          "): " + static_cast<const char*>(failed.message));
    }
    mongoc_client_pool_set_error_api(pool.get(), MONGOC_ERROR_API_VERSION_2);
    const mongo_handle<mongoc_apm_callbacks_t, mongoc_apm_callbacks_destroy> calls(mongoc_apm_callbacks_new());
    mongoc_apm_set_topology_changed_cb(calls.get(), callbacks::topology_changed);
    mongoc_apm_set_server_heartbeat_failed_cb(calls.get(), callbacks::heartbeat_failed);
    mongoc_client_pool_set_apm_callbacks(pool.get(), calls.get(), &keeper);
  }

  void make_room_for(std::size_t connections) {
    if (mongoc_uri_has_option(uri.native.get(), MONGOC_URI_MAXPOOLSIZE)) return;
    mongoc_client_pool_max_size(pool.get(), static_cast<std::uint32_t>(connections));
  }

  /// Ending the sessions would begin with a search for a server, though it is known that there is none; by themselves
  /// they time out. Made for the child of a fork, this forgets them for the whole pool.
  void forget_sessions() {
    auto* const any = mongoc_client_pool_try_pop(pool.get());
    if (!any) return;
    mongoc_client_reset(any);
    mongoc_client_pool_push(pool.get(), any);
  }

  mongo_uri uri;
  mongo_handle<mongoc_client_pool_t, mongoc_client_pool_destroy> pool;
};

void mongo_keeper::callbacks::heartbeat_failed(const mongoc_apm_server_heartbeat_failed_t* event) {
  bson_error_t failed{};
  mongoc_apm_server_heartbeat_failed_get_error(event, &failed);
  auto& self = keeper(mongoc_apm_server_heartbeat_failed_get_context(event));
  const std::chrono::microseconds took{mongoc_apm_server_heartbeat_failed_get_duration(event)};
  // An awaited one is answered when something changes, at the latest after an interval.
  const auto& uri = self.driver_->uri;
  const auto wait = uri.connecting + (mongoc_apm_server_heartbeat_failed_get_awaited(event) ? uri.heartbeat : 0ms);
  self.change([&](mongo_state& state) {
    state.heartbeat_failed(static_cast<const char*>(failed.message), timed_out(took, wait));
  });
}

mongo_keeper::mongo_keeper(const mongo_options& options, std::size_t borrowers, call_gate& gate,
                           mongo_listener listener, mongo_preparation prepare)
    : gate_(gate),
      listener_(std::move(listener)),
      prepare_(std::move(prepare)),
      driver_(std::make_unique<driver>(options, *this)),
      state_(driver_->uri.selection, clock::now()) {
  constexpr std::size_t of_our_own = 1;
  driver_->make_room_for(borrowers + of_our_own);
  listener_(false, "connecting");
  // Signals are blocked in the driver's threads too, which start on this one.
  thread_ = base::start_thread("mongodb", [this, alive = alive_.enter().value()]() mutable {
    for (bool done = false; !done;) {
      try {
        run();
        done = true;
      } catch (...) {  // for want of memory; it goes on where it was
        log::report_failure("the thread of the MongoDB client", std::current_exception());
        std::this_thread::sleep_for(100ms);
      }
    }
    alive.leave();
  });
}

mongo_keeper::~mongo_keeper() {
  ask_to_end();
  thread_.join();
}

void mongo_keeper::ask_to_end() {
  std::scoped_lock lock(mutex_);
  ending_ = true;
  changed_.notify_all();
}

void mongo_keeper::change(const std::function<void(mongo_state&)>& by) {
  std::scoped_lock lock(mutex_);
  by(state_);
  changed_.notify_all();
}

void mongo_keeper::run() {
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
  lock.unlock();
  if (down_) driver_->forget_sessions();
  const auto began = clock::now();
  driver_->pool.reset();
  lock.lock();
  if (state_.silent() || timed_out(clock::now() - began, std::min(driver_->uri.attempt, driver_->uri.selection)))
    goodbye_ = goodbye::unanswered;
  else if (down_)
    goodbye_ = goodbye::omitted;
}

/// Tells the listener what is new, then the log, without the lock. False if nothing is.
bool mongo_keeper::tell(std::unique_lock<std::mutex>& lock) {
  state_.settle(clock::now());
  const auto now = state_.at(clock::now());
  down_.store(now == mongo_state::verdict::down, std::memory_order_release);
  if (now == mongo_state::verdict::in_doubt) return false;
  const bool up = now == mongo_state::verdict::up;
  const auto why = up ? state_.complaint() : state_.why();
  if ((up ? told_up_ : told_down_) && told_why_ == why) return false;
  const bool turned = up ? !told_up_ : !told_down_;
  told_why_ = why;
  lock.unlock();
  listener_(up, why);
  const auto& server = driver_->uri.shown;
  if (up && turned) log::info("mongodb is up", {{"server", server}, {"database", driver_->uri.database}});
  if (up && !turned && why.empty()) log::info("mongodb refuses nothing any more", {{"server", server}});
  if (up && !why.empty()) log::warn("mongodb is up, but it refuses", {{"server", server}, {"error", why}});
  if (!up && turned) log::warn("mongodb is down", {{"server", server}, {"error", why}});
  lock.lock();
  told_up_ = up;
  told_down_ = !up;
  changed_.notify_all();
  return true;
}

void mongo_keeper::prepare(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  result<void> outcome = error{errc::canceled, "closed"};
  if (auto inside = gate_.enter()) {
    if (auto connection = borrow(driver_->uri.attempt)) {
      outcome = prepare_(**connection);
      give_back(std::move(*connection));
    } else {
      outcome = connection.error();
    }
  }
  lock.lock();
  state_.prepared(outcome, clock::now());
}

std::optional<error> mongo_keeper::down() const {
  if (!down_.load(std::memory_order_acquire)) return std::nullopt;
  std::scoped_lock lock(mutex_);
  return error{errc::unavailable, "mongodb is down: " + told_why_};
}

result<std::unique_ptr<mongo_connection>> mongo_keeper::borrow(std::chrono::milliseconds limit) {
  auto* const client = mongoc_client_pool_pop(driver_->pool.get());
  if (!client) return error{errc::busy, "all connections are in use (maxPoolSize in storage.mongodb.uri)"};
  return std::make_unique<mongo_connection>(
      mongo_connection{client, driver_->uri.database, driver_->uri.attempt, clock::now() + limit, {}, {}});
}

void mongo_keeper::give_back(std::unique_ptr<mongo_connection> used) {
  mongoc_client_pool_push(driver_->pool.get(), used->client);
  if (!used->locked_out.empty())
    change([&](mongo_state& state) { state.locked_out(std::move(used->locked_out), clock::now()); });
  if (!used->refused.empty())
    change([&](mongo_state& state) { state.refused(std::move(used->refused), clock::now()); });
}

std::string mongo_keeper::wait_up(std::chrono::milliseconds limit, bool patient, const std::function<bool()>& give_up) {
  constexpr std::chrono::milliseconds look{50};  // for give_up, which nobody announces
  const auto end = clock::now() + limit;
  std::unique_lock lock(mutex_);
  while (!told_up_ && (patient || !told_down_) && clock::now() < end) {
    changed_.wait_until(lock, std::min(end, clock::now() + look));
    lock.unlock();
    const bool enough = give_up();
    lock.lock();
    if (enough) break;
  }
  if (told_up_) return {};
  return told_down_ ? told_why_ : "no answer within " + std::to_string(limit.count()) + " ms";
}

}  // namespace sundown::storage
