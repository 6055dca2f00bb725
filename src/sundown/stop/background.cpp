#include <sundown/stop/background.hpp>

#include "log/failure.hpp"
#include "stop/event.hpp"

#include <sundown/log.hpp>
#include <sundown/trace/tracer.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <map>
#include <mutex>
#include <set>
#include <type_traits>
#include <utility>

namespace sundown::stop {

namespace {

struct spawned {
  spawned(std::string n, const asio::any_io_executor& where, trace::span begun)
      : name(std::move(n)), span(std::move(begun)), strand(asio::make_strand(where)) {}

  std::string name;
  trace::span span;
  asio::strand<asio::any_io_executor> strand;
  asio::cancellation_signal cancel;  // emitted on the strand only
};

}  // namespace

struct background::state {
  state(asio::any_io_executor executor, const trace::tracer* tracer) : where(std::move(executor)), traces(tracer) {}

  trace::span begin_span(const std::string& name, const trace::parent& caller) const {
    if (caller) return caller.child(name);
    return traces ? traces->start(name) : trace::span();
  }

  asio::any_io_executor where;
  const trace::tracer* const traces;
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

  spawned& task() const { return *task_; }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<spawned> task_;
  wait_group::token counted_;
};

// The registration comes first, so that the task's own frame is destroyed before the task is counted as gone.
template <class State, class Work>
asio::awaitable<void> run(registration<State> place, Work work) {
  auto& task = place.task();
  try {
    if constexpr (std::is_invocable_v<Work&, trace::span&>) {
      co_await work(task.span);
    } else {
      co_await std::move(work);
    }
  } catch (...) {
    const auto why = log::describe(std::current_exception());
    task.span.fail(why);
    log::error("background task failed", {{"task", task.name}, {"error", why}});
  }
  task.span.end();
}

template <class State, class Work>
void start(const std::shared_ptr<State>& state, std::string name, Work work, const trace::parent& caller) {
  auto span = state->begin_span(name, caller);
  auto task = std::make_shared<spawned>(std::move(name), state->where, std::move(span));
  auto begin = [task, place = registration(state, task), work = std::move(work)]() mutable {
    asio::co_spawn(task->strand, run(std::move(place), std::move(work)),
                   asio::bind_cancellation_slot(task->cancel.slot(), [task](std::exception_ptr) {}));
  };
  asio::post(task->strand, std::move(begin));
}

}  // namespace

background::background(asio::any_io_executor where, const trace::tracer* traces)
    : state_(std::make_shared<state>(std::move(where), traces)) {}
background::~background() = default;

void background::spawn(std::string name, asio::awaitable<void> work, const trace::parent& caller) {
  start(state_, std::move(name), std::move(work), caller);
}

void background::spawn(std::string name, std::function<asio::awaitable<void>(trace::span&)> work,
                       const trace::parent& caller) {
  start(state_, std::move(name), std::move(work), caller);
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
