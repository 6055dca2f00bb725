#include <sundown/redis.hpp>

#include "base/number.hpp"
#include "base/start_thread.hpp"
#include "log/failure.hpp"
#include "storage/redis/link.hpp"
#include "storage/redis/single_command.hpp"

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

namespace sundown::redis {

namespace {

using detail::call_gate;
using detail::pending_answer;

address address_in(const settings& server) {
  auto read = parse_url(server.url);
  if (!read) throw startup_error("the URL of Redis " + read.error().detail);
  if (const auto faults = tls_faults(server, ""); !faults.empty()) throw startup_error("of Redis, " + faults.front());
  read->files = {server.ca, server.certificate, server.key};
  return std::move(*read);
}

trace::database_address address_of(const address& server) {
  return {"redis", std::to_string(server.database), server.host,
          base::parse_number<std::uint16_t>(server.port).value_or(0)};
}

std::size_t size_of(const std::vector<command>& commands) {
  std::size_t sum = 0;
  for (const auto& one : commands)
    for (const auto& argument : one) sum += argument.size();
  return sum;
}

/// Commands under way: waited for by a caller until their deadline, and by us until Redis has answered them or the
/// connection is lost.
struct operation {
  operation(const std::vector<command>& commands, std::shared_ptr<pending_answer<values>> who, call_gate::pass pass,
            std::size_t size, clock::time_point end)
      : exchange(std::make_shared<pipeline>(commands)),
        caller(std::move(who)),
        inside(std::move(pass)),
        bytes(size),
        deadline(end) {}

  std::shared_ptr<pipeline> exchange;
  std::shared_ptr<pending_answer<values>> caller;
  call_gate::pass inside;
  const std::size_t bytes;
  const clock::time_point deadline;
};

}  // namespace

/// What belongs to the client's thread. What other threads touch says so.
struct client::core {
  using operations = std::list<std::shared_ptr<operation>>;

  core(const settings& server, const limits& limits_given)
      : timeout(server.timeout),
        most(limits_given),
        link(context, address_in(server)),
        traced_as(address_of(link.where())),
        overdue(context) {}

  void run();
  void join() {
    if (thread.joinable()) thread.join();
  }

  void execute(const std::shared_ptr<operation>& what);
  void answered(operations::iterator at, result<values> answer);
  void watch_deadlines();
  void set_state(server_standing now, const std::string& detail);

  const std::chrono::milliseconds timeout;
  const limits most;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  redis::link link;
  const trace::database_address traced_as;
  operations pending;  // by deadline; an answered caller's entry is marked by having no caller
  asio::steady_timer overdue;
  bool watching = false;  // overdue is armed
  bool finished = false;
  std::vector<state_function> on_state;
  std::vector<std::function<void()>> on_beat;
  std::shared_ptr<pending_answer<void>> closer;

  std::thread thread;
  std::atomic<server_standing> standing{server_standing::away};  // any thread
  std::atomic<bool> quitting{false};                             // any thread
  std::atomic<std::size_t> bytes{0};                             // any thread
  std::mutex mutex;                                              // guards why and the wait for the standing
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

client::client(const settings& server, const limits& most)
    : gate_(most.commands), core_(std::make_unique<core>(server, most)) {
  core_->link.on_beat = [core = core_.get()] {
    for (const auto& call : core->on_beat) call();
  };
  core_->link.on_state(
      [core = core_.get()](server_standing now, const std::string& detail) { core->set_state(now, detail); });
}

client::~client() {
  abandon();
  if (core_->link.resolver_hangs()) leave_to_the_process(std::move(core_));
}

void client::abandon() {
  if (!core_->thread.joinable()) return;
  asio::post(core_->context, [core = core_.get()] { core->finished = true; });
  core_->join();
}

void client::on_state(state_function call) { core_->on_state.push_back(std::move(call)); }

void client::on_beat(std::function<void()> call) { core_->on_beat.push_back(std::move(call)); }

void client::rehearse(const std::vector<command>& harmless) {
  for (const auto& each : harmless) rehearse(each, "");
}

void client::rehearse(command harmless, std::string expected) {
  core_->link.rehearsal.push_back({std::move(harmless), std::move(expected)});
}

void client::start() {
  asio::co_spawn(core_->context, core_->link.keep(), [core = core_.get()](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
    const result<void> done;
    if (core->closer) core->closer->answer(done);
    core->finished = true;  // the thread's last act; the closer joins it
  });
  core_->thread = base::start_thread("redis", [core = core_.get()] { core->run(); });
}

/// Not until no work is left: a name server that doesn't answer would be such work.
void client::core::run() {
  while (!finished) {
    try {
      context.run_one();
    } catch (...) {
      log::report_failure("a handler of the Redis client", std::current_exception());
    }
  }
}

result<void> client::wait_until_up(std::chrono::milliseconds limit) {
  std::unique_lock lock(core_->mutex);
  if (core_->changed.wait_for(lock, limit, [this] { return up(); })) return {};
  return error{errc::unavailable, server() + ": " + core_->why};
}

bool client::up() const noexcept {
  const auto now = core_->standing.load(std::memory_order_relaxed);
  return now == server_standing::well || now == server_standing::partial;
}

std::string client::server() const { return core_->link.where().text(); }
const trace::database_address& client::traced_as() const noexcept { return core_->traced_as; }

asio::any_io_executor client::executor() { return core_->context.get_executor(); }

task<result<values>> client::execute(command single) {
  return async_execute(pipeline_with(std::move(single)), use_task);
}

void client::begin(std::vector<command> commands, std::shared_ptr<pending_answer<values>> caller) {
  auto inside = gate_.enter();
  if (!inside) return caller->answer(inside.error());
  if (core_->standing.load(std::memory_order_relaxed) == server_standing::away)
    return caller->answer(error{errc::unavailable, "no connection to " + server()});
  const auto size = size_of(commands);
  if (core_->bytes.fetch_add(size) + size > core_->most.bytes) {
    core_->bytes -= size;
    return caller->answer(error{errc::busy, "too much is waiting for " + server()});
  }
  auto what =
      std::make_shared<operation>(commands, std::move(caller), std::move(*inside), size, clock::now() + core_->timeout);
  asio::post(core_->context, [core = core_.get(), what = std::move(what)] { core->execute(what); });
}

void client::core::execute(const std::shared_ptr<operation>& what) {
  const auto at = pending.insert(pending.end(), what);
  if (!what->caller->begin()) return answered(at, error{errc::canceled, "given up"});
  what->exchange->done = [this, at](result<values> answer) { answered(at, std::move(answer)); };
  if (!link.execute(what->exchange))
    return answered(at, error{errc::unavailable, "no connection to " + link.where().text()});
  if (!watching) watch_deadlines();
}

void client::core::answered(operations::iterator at, result<values> answer) {
  const auto what = std::move(*at);
  pending.erase(at);
  bytes -= what->bytes;
  what->inside.leave();  // before the answer: a caller that calls again at once must find its place free
  if (what->caller) what->caller->answer(std::move(answer));
}

/// One timer for all: their limits are equal, so the first in is the first to be late.
void client::core::watch_deadlines() {
  watching = false;
  for (const auto& one : pending) {
    if (!one->caller) continue;
    if (one->deadline > clock::now()) {
      watching = true;
      overdue.expires_at(one->deadline);
      overdue.async_wait([this](boost::system::error_code) { watch_deadlines(); });
      return;
    }
    const auto limit = std::to_string(timeout.count());
    std::exchange(one->caller, nullptr)
        ->answer(error{errc::timed_out, "no answer within " + limit + " ms; the outcome is unknown"});
  }
}

void client::core::set_state(server_standing now, const std::string& detail) {
  {
    const std::lock_guard lock(mutex);
    standing = now;
    why = detail;
  }
  for (const auto& call : on_state) call(now == server_standing::well, detail);
  changed.notify_all();
}

asio::awaitable<void> client::close() {
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

std::string client::waiting_for() const { return core_->quitting.load() ? "QUIT" : gate_.describe("command"); }

std::string client::omitted() const { return core_->link.said_goodbye() ? "" : "QUIT: there was no connection"; }

}  // namespace sundown::redis
