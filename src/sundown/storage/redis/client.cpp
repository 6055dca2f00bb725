#include "storage/redis/client.hpp"

#include "base/start_thread.hpp"
#include "log/failure.hpp"
#include "storage/redis/link.hpp"

#include <sundown/log.hpp>
#include <sundown/time.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace sundown::storage {

namespace {

redis_address address_in(const std::string& url) {
  auto read = parse_redis_url(url);
  if (!read) throw startup_error("storage.redis.url " + read.error().detail);
  return std::move(*read);
}

std::size_t size_of(const std::vector<redis_command>& commands) {
  std::size_t sum = 0;
  for (const auto& one : commands)
    for (const auto& argument : one) sum += argument.size();
  return sum;
}

/// Commands under way: waited for by a caller until their deadline, and by us until Redis has answered them or the
/// connection is lost.
struct operation {
  operation(const std::vector<redis_command>& commands, std::shared_ptr<pending_answer<redis_values>> who,
            call_gate::pass pass, std::size_t size, clock::time_point end)
      : exchange(std::make_shared<redis_exchange>(commands)),
        caller(std::move(who)),
        inside(std::move(pass)),
        bytes(size),
        deadline(end) {}

  std::shared_ptr<redis_exchange> exchange;
  std::shared_ptr<pending_answer<redis_values>> caller;
  call_gate::pass inside;
  const std::size_t bytes;
  const clock::time_point deadline;
};

}  // namespace

/// What belongs to the client's thread. What other threads touch says so.
struct redis_client::core {
  using operations = std::list<std::shared_ptr<operation>>;

  explicit core(const redis_options& given) : options(given), link(context, address_in(given.url)), overdue(context) {}

  void run();
  void join() {
    if (thread.joinable()) thread.join();
  }

  void execute(const std::shared_ptr<operation>& what);
  void answered(operations::iterator at, result<redis_values> answer);
  void watch_deadlines();
  void set_state(redis_standing now, const std::string& detail);

  const redis_options options;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  redis_link link;
  operations pending;  // by deadline; an answered caller's entry is marked by having no caller
  asio::steady_timer overdue;
  bool watching = false;  // overdue is armed
  bool finished = false;
  state_function on_state;
  std::shared_ptr<pending_answer<void>> closer;

  std::thread thread;
  std::atomic<redis_standing> standing{redis_standing::away};  // any thread
  std::atomic<bool> quitting{false};                           // any thread
  std::atomic<std::size_t> bytes{0};                           // any thread
  std::mutex mutex;                                            // guards why and the wait for the standing
  std::condition_variable changed;
  std::string why = "not connected yet";
};

namespace {

/// A name server that doesn't answer holds the resolver's thread, and the context's destructor would wait for it: then
/// the rest of the process has to do without that destructor.
template <class Core>
void leave_to_the_process(std::unique_ptr<Core> what) {
  static std::vector<std::unique_ptr<Core>>* const left = new std::vector<std::unique_ptr<Core>>;
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  left->push_back(std::move(what));
}

}  // namespace

redis_client::redis_client(const redis_options& options)
    : gate_(options.commands), core_(std::make_unique<core>(options)) {
  core_->link.on_state = [core = core_.get()](redis_standing now, const std::string& detail) {
    core->set_state(now, detail);
  };
}

redis_client::~redis_client() {
  abandon();
  if (core_->link.resolver_hangs()) leave_to_the_process(std::move(core_));
}

void redis_client::abandon() {
  if (!core_->thread.joinable()) return;
  asio::post(core_->context, [core = core_.get()] { core->finished = true; });
  core_->join();
}

void redis_client::on_state(state_function call) { core_->on_state = std::move(call); }

void redis_client::on_beat(std::function<void()> call) { core_->link.on_beat = std::move(call); }

void redis_client::rehearse(const std::vector<redis_command>& commands) {
  for (const auto& command : commands) rehearse(command, "");
}

void redis_client::rehearse(redis_command command, std::string expected) {
  core_->link.rehearsal.push_back({std::move(command), std::move(expected)});
}

void redis_client::start() {
  asio::co_spawn(core_->context, core_->link.keep(), [core = core_.get()](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
    const result<void> done;
    if (core->closer) core->closer->answer(done);
    core->finished = true;  // the thread's last act; the closer joins it
  });
  core_->thread = base::start_thread("redis", [core = core_.get()] { core->run(); });
}

/// Not until no work is left: a name server that doesn't answer would be such work.
void redis_client::core::run() {
  while (!finished) {
    try {
      context.run_one();
    } catch (...) {
      log::report_failure("a handler of the Redis client", std::current_exception());
    }
  }
}

result<void> redis_client::wait_until_up(std::chrono::milliseconds limit) {
  std::unique_lock lock(core_->mutex);
  if (core_->changed.wait_for(lock, limit, [this] { return up(); })) return {};
  return error{errc::unavailable, server() + ": " + core_->why};
}

bool redis_client::up() const noexcept {
  const auto now = core_->standing.load(std::memory_order_relaxed);
  return now == redis_standing::well || now == redis_standing::partial;
}

std::string redis_client::server() const { return core_->link.where().text(); }

asio::any_io_executor redis_client::executor() { return core_->context.get_executor(); }

void redis_client::begin(std::vector<redis_command> commands, std::shared_ptr<pending_answer<redis_values>> caller) {
  auto inside = gate_.enter();
  if (!inside) return caller->answer(inside.error());
  if (core_->standing.load(std::memory_order_relaxed) == redis_standing::away)
    return caller->answer(error{errc::unavailable, "no connection to " + server()});
  const auto size = size_of(commands);
  if (core_->bytes.fetch_add(size) + size > core_->options.bytes) {
    core_->bytes -= size;
    return caller->answer(error{errc::busy, "too much is waiting for " + server()});
  }
  auto what = std::make_shared<operation>(commands, std::move(caller), std::move(*inside), size,
                                          clock::now() + core_->options.timeout);
  asio::post(core_->context, [core = core_.get(), what = std::move(what)] { core->execute(what); });
}

void redis_client::core::execute(const std::shared_ptr<operation>& what) {
  const auto at = pending.insert(pending.end(), what);
  if (!what->caller->begin()) return answered(at, error{errc::canceled, "given up"});
  what->exchange->done = [this, at](result<redis_values> answer) { answered(at, std::move(answer)); };
  if (!link.execute(what->exchange))
    return answered(at, error{errc::unavailable, "no connection to " + link.where().text()});
  if (!watching) watch_deadlines();
}

void redis_client::core::answered(operations::iterator at, result<redis_values> answer) {
  const auto what = std::move(*at);
  pending.erase(at);
  bytes -= what->bytes;
  what->inside.leave();  // before the answer: a caller that calls again at once must find its place free
  if (what->caller) what->caller->answer(std::move(answer));
}

/// One timer for all: their limits are equal, so the first in is the first to be late.
void redis_client::core::watch_deadlines() {
  watching = false;
  for (const auto& one : pending) {
    if (!one->caller) continue;
    if (one->deadline > clock::now()) {
      watching = true;
      overdue.expires_at(one->deadline);
      overdue.async_wait([this](boost::system::error_code) { watch_deadlines(); });
      return;
    }
    const auto limit = std::to_string(options.timeout.count());
    std::exchange(one->caller, nullptr)
        ->answer(error{errc::timed_out, "no answer within " + limit + " ms; the outcome is unknown"});
  }
}

void redis_client::core::set_state(redis_standing now, const std::string& detail) {
  {
    const std::lock_guard lock(mutex);
    standing = now;
    why = detail;
  }
  if (on_state) on_state(now == redis_standing::well, detail);
  changed.notify_all();
}

asio::awaitable<void> redis_client::close() {
  gate_.shut();
  if (!core_->thread.joinable()) co_return;  // never started, or closed before
  asio::post(core_->context, [core = core_.get()] { core->link.stop_checking(); });
  const result<void> idle = co_await gate_.async_empty(executor(), asio::use_awaitable);
  if (!idle) throw boost::system::system_error(asio::error::operation_aborted, waiting_for() + " not answered");
  core_->quitting = true;
  auto quit = [core = core_.get()](auto handler) {
    auto caller = pending_answer<void>::make(std::move(handler), core->context.get_executor());
    (void)caller->begin();
    asio::post(core->context, [core, caller = std::move(caller)] {
      core->closer = caller;
      core->link.quit();
    });
  };
  const result<void> ended = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(result<void>)>(
      std::move(quit), asio::use_awaitable);
  if (!ended) throw boost::system::system_error(asio::error::operation_aborted, "QUIT not answered");
  core_->quitting = false;
  core_->join();  // does not block: the connection's end was the thread's last work
  if (!core_->link.said_goodbye() && core_->link.silent())
    throw boost::system::system_error(asio::error::timed_out, server() + " does not answer");
}

std::string redis_client::waiting_for() const { return core_->quitting.load() ? "QUIT" : gate_.describe("command"); }

std::string redis_client::omitted() const { return core_->link.said_goodbye() ? "" : "QUIT: there was no connection"; }

}  // namespace sundown::storage
