#include <sundown/blocking.hpp>
#include <sundown/mongodb.hpp>

#include "storage/mongodb/pool_thread.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace sundown::mongodb {

namespace {

/// A connection for the duration of a call, or the reason why there is none.
class lease {
 public:
  // The call may have waited in the queue while the deployment went down.
  lease(pool_thread& pool, mongodb::connection::time_point until) : pool_(pool), refused_(pool.down()) {
    if (refused_) return;
    auto leased = pool_.borrow(until);
    if (leased)
      connection_ = std::move(*leased);
    else
      refused_ = leased.error();
  }
  ~lease() {
    if (connection_) pool_.give_back(std::move(connection_));
  }
  lease(const lease&) = delete;
  lease& operator=(const lease&) = delete;

  const std::optional<error>& refused() const { return refused_; }
  mongodb::connection& connection() const { return *connection_; }

 private:
  pool_thread& pool_;
  std::optional<error> refused_;
  std::unique_ptr<mongodb::connection> connection_;
};

}  // namespace

struct client::parts {
  parts(const options& configured, blocking_pool& threads, listener tell, preparation prepare)
      : limit(configured.timeout),
        pool(threads),
        thread(pool_thread::start(configured, threads.threads(), std::move(tell), std::move(prepare))) {}
  ~parts() { thread->leave(); }
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;

  const std::chrono::milliseconds limit;
  blocking_pool& pool;
  std::atomic<bool> closing{false};
  const std::shared_ptr<pool_thread> thread;
};

client::client(const options& configured, blocking_pool& pool, listener tell, preparation prepare)
    : parts_(std::make_unique<parts>(configured, pool, std::move(tell), std::move(prepare))) {}

client::~client() = default;

task<result<void>> client::run(work job, connection::time_point until) {
  using std::chrono::milliseconds;
  const auto now = std::chrono::steady_clock::now();
  const auto end = std::min(until, now + parts_->limit);
  const auto limit = std::chrono::ceil<milliseconds>(end - now);
  if (limit <= milliseconds(0)) co_return error{errc::timed_out, "its request's time was over before it began"};
  auto inside = parts_->thread->gate().enter();
  if (!inside) co_return inside.error();
  if (auto down = parts_->thread->down()) co_return std::move(*down);
  auto call = [&thread = *parts_->thread, job = std::move(job), end]() -> result<void> {
    const lease leased(thread, end);
    if (leased.refused()) return *leased.refused();
    job(leased.connection());
    return {};
  };
  co_return co_await parts_->pool.call(std::move(call), limit, std::move(inside));
}

std::string client::wait_up(bool patient, const std::function<bool()>& give_up) {
  return parts_->thread->wait_up(patient, give_up);
}

bool client::full() const noexcept {
  return parts_->pool.full() || parts_->thread->gate().inside() >= 2 * parts_->pool.threads();
}

const std::string& client::server() const noexcept { return parts_->thread->server(); }

const trace::database_address& client::traced_as() const noexcept { return parts_->thread->traced_as(); }

std::string client::waiting_for() const {
  if (auto operations = parts_->thread->gate().describe("operation"); !operations.empty()) return operations;
  return parts_->closing && !parts_->thread->ended() ? "sessions to end" : "";
}

std::string client::omitted() const {
  return parts_->thread->closed_how() == close_result::omitted ? "endSessions: the server was down" : "";
}

asio::awaitable<void> client::close() {
  const auto executor = parts_->pool.executor();
  parts_->thread->gate().shut();
  parts_->closing = true;
  const result<void> idle = co_await parts_->thread->gate().async_empty(executor, asio::use_awaitable);
  if (!idle) throw boost::system::system_error(asio::error::operation_aborted, waiting_for() + " still under way");
  const result<void> ended = co_await parts_->thread->async_end(executor, asio::use_awaitable);
  if (!ended) throw boost::system::system_error(asio::error::operation_aborted, "sessions are still being ended");
  if (parts_->thread->closed_how() == close_result::unanswered)
    throw boost::system::system_error(asio::error::timed_out, "the server does not answer");
}

}  // namespace sundown::mongodb
