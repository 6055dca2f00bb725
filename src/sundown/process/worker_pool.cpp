#include "process/worker_pool.hpp"

#include "base/start_thread.hpp"
#include "log/failure.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace sundown::process {

namespace {

/// How long the destructor waits for workers that nobody waited for, as when start-up fails.
constexpr milliseconds goodbye{100};

}  // namespace

struct worker_pool::worker {
  explicit worker(std::string n) : name(std::move(n)) {}

  // Runs until no work is left, whatever a handler throws. The thread shares the worker, so that it may outlive the
  // pool.
  static void run(std::shared_ptr<worker> self, failure_function on_failure) {
    while (true) {
      try {
        self->context.run();
        break;
      } catch (...) {
        self->failed(std::current_exception(), on_failure);
      }
    }
    {
      const std::lock_guard lock(self->mutex);
      self->ended = true;
    }
    self->changed.notify_all();
  }

  void failed(const std::exception_ptr& why, const failure_function& on_failure) const noexcept {
    log::report_failure(name.c_str(), why);
    if (log::is_shortage(why) || !on_failure) return;
    try {
      on_failure(name + ": " + log::describe(why));
    } catch (...) {
      log::report_failure(name.c_str(), std::current_exception());
    }
  }

  bool has_ended() {
    const std::lock_guard lock(mutex);
    return ended;
  }

  const std::string name;
  asio::io_context context{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard{asio::make_work_guard(context)};
  std::thread thread;
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;
};

worker_pool::worker_pool(std::size_t size, failure_function on_failure) : on_failure_(std::move(on_failure)) {
  for (std::size_t i = 0; i < size; ++i) workers_.push_back(std::make_shared<worker>("worker " + std::to_string(i)));
}

worker_pool::~worker_pool() {
  join(clock::now() + goodbye);
  for (auto& each : workers_)
    if (each->thread.joinable()) each->thread.detach();
}

asio::io_context& worker_pool::context(std::size_t i) { return workers_.at(i)->context; }

void worker_pool::start() {
  for (auto& each : workers_) {
    each->thread = base::start_thread(
        each->name,
        [each, failed = on_failure_, counted = stop::wait_group::token(running_)] { worker::run(each, failed); });
  }
}

void worker_pool::finish() {
  finishing_ = true;
  for (auto& each : workers_) each->guard.reset();
}

asio::awaitable<void> worker_pool::close() {
  finish();
  co_await running_.wait();
  join_ended();
}

std::vector<std::string> worker_pool::join(clock::time_point deadline) {
  finish();
  std::vector<std::string> stuck;
  for (auto& each : workers_) {
    if (!each->thread.joinable()) continue;
    std::unique_lock lock(each->mutex);
    if (!each->changed.wait_until(lock, deadline, [&] { return each->ended; })) stuck.push_back(each->name);
  }
  join_ended();
  return stuck;
}

// Those that have ended are past their last handler, so this waits for microseconds.
void worker_pool::join_ended() {
  for (auto& each : workers_)
    if (each->thread.joinable() && each->has_ended()) each->thread.join();
}

std::string worker_pool::waiting_for() const {
  const auto running = running_.count();
  if (!finishing_ || running == 0) return {};
  return std::to_string(running) + " of " + std::to_string(size()) + " running";
}

}  // namespace sundown::process
