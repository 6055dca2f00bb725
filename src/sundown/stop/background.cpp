#include <sundown/stop/background.hpp>

#include "log/failure.hpp"
#include "stop/event.hpp"

#include <sundown/log.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace sundown::stop {

namespace {

struct spawned {
  spawned(std::string n, const asio::any_io_executor& where) : name(std::move(n)), strand(asio::make_strand(where)) {}

  std::string name;
  asio::strand<asio::any_io_executor> strand;
  asio::cancellation_signal cancel;  // emitted on the strand only
};

}  // namespace

struct background::state {
  explicit state(asio::any_io_executor executor) : where(std::move(executor)) {}

  asio::any_io_executor where;
  const wait_group tasks;
  mutable std::mutex mutex;
  std::set<std::shared_ptr<spawned>> running;
};

namespace {

/// A task's name among those that run, for as long as its coroutine exists.
template <class State>
class registration {
 public:
  registration(std::shared_ptr<State> where, std::shared_ptr<spawned> task)
      : state_(std::move(where)), task_(std::move(task)), counted_(state_->tasks) {
    const std::lock_guard lock(state_->mutex);
    state_->running.insert(task_);
  }
  registration(registration&&) noexcept = default;
  registration& operator=(registration&&) = delete;
  ~registration() {
    if (!state_) return;  // moved from
    const std::lock_guard lock(state_->mutex);
    state_->running.erase(task_);
  }

  const std::string& name() const { return task_->name; }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<spawned> task_;
  wait_group::token counted_;
};

// The registration comes first, so that the task's own frame is destroyed before the task is counted as gone.
template <class State>
asio::awaitable<void> run(registration<State> place, asio::awaitable<void> work) {
  try {
    co_await std::move(work);
  } catch (...) {
    log::error("background task failed", {{"task", place.name()}, {"error", log::describe(std::current_exception())}});
  }
}

}  // namespace

background::background(asio::any_io_executor where) : state_(std::make_shared<state>(std::move(where))) {}
background::~background() = default;

void background::spawn(std::string name, asio::awaitable<void> work) {
  auto task = std::make_shared<spawned>(std::move(name), state_->where);
  auto start = [task, place = registration(state_, task), work = std::move(work)]() mutable {
    asio::co_spawn(task->strand, run(std::move(place), std::move(work)),
                   asio::bind_cancellation_slot(task->cancel.slot(), [task](std::exception_ptr) {}));
  };
  asio::post(task->strand, std::move(start));
}

asio::awaitable<void> background::idle() { return state_->tasks.wait(); }

void background::cancel() {
  const std::lock_guard lock(state_->mutex);
  for (const auto& task : state_->running)
    asio::post(task->strand, [task] { task->cancel.emit(asio::cancellation_type::terminal); });
}

std::size_t background::size() const { return state_->tasks.count(); }

std::vector<std::string> background::names() const {
  std::map<std::string, std::size_t> counts;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& task : state_->running) ++counts[task->name];
  }
  std::vector<std::string> names;
  for (const auto& [name, count] : counts)
    names.push_back(count == 1 ? name : name + " (" + std::to_string(count) + ")");
  return names;
}

}  // namespace sundown::stop
