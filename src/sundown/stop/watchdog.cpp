#include "stop/watchdog.hpp"

#include "base/program_name.hpp"
#include "base/start_thread.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace sundown::stop {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view opening = ": watchdog: the stop did not end in time; ";

/// For the message; a reader that is stuck holds up the exit for no longer.
constexpr auto tell_limit = 100ms;

constexpr auto look_interval = 20ms;
/// So much later than it should come a look comes on a machine that is merely busy.
constexpr auto usual_lateness = 30ms;
constexpr clock::duration most_extra = 1s;

}  // namespace

watchdog::watchdog(exit_function exit_now) : extra_(most_extra), exit_now_(std::move(exit_now)) {
  if (!exit_now_) exit_now_ = [](int code) { ::_exit(code); };
  describe("not yet stopping");
  try {
    teller_ = base::start_thread("watchdog tells", [this] { tell(); });
    thread_ = base::start_thread("watchdog", [this] { wait(); });
  } catch (...) {  // no more threads to be had: end the one that runs, or its destructor ends the process
    end();
    throw;
  }
}

watchdog::~watchdog() { end(); }

void watchdog::end() noexcept {
  {
    std::lock_guard lock(mutex_);
    quit_ = true;
  }
  changed_.notify_all();
  for (auto* each : {&thread_, &teller_}) {
    if (each->joinable()) each->join();
  }
}

void watchdog::arm(clock::time_point deadline, int code) {
  {
    std::lock_guard lock(mutex_);
    if (extended_ || (deadline_ && *deadline_ <= deadline)) return;
    if (!deadline_) last_look_ = clock::now();
    deadline_ = deadline;
    code_ = code;
  }
  changed_.notify_all();
}

void watchdog::disarm() {
  {
    std::lock_guard lock(mutex_);
    deadline_.reset();
    extended_ = false;
  }
  changed_.notify_all();
}

std::optional<milliseconds> watchdog::time_left() const {
  std::lock_guard lock(mutex_);
  if (!deadline_) return std::nullopt;
  return std::chrono::duration_cast<milliseconds>(*deadline_ - clock::now());
}

// The last 50 ms are for the way out. In a short stop there are no more than that in all, so at most a quarter.
milliseconds watchdog::time_for(milliseconds most) const {
  const auto left = time_left();
  if (!left) return most;
  return std::clamp(*left - std::min(50ms, *left / 4), 0ms, std::max(most, 0ms));
}

std::optional<clock::time_point> watchdog::extended_to() {
  std::lock_guard lock(mutex_);
  if (deadline_) look_for_gap(clock::now());
  return extended_ ? deadline_ : std::nullopt;
}

void watchdog::describe(std::string_view now) {
  std::lock_guard lock(mutex_);
  if (firing_) return;  // it is being written
  const auto name = base::program_name().substr(0, 64);
  auto end = std::copy(name.begin(), name.end(), message_.begin());
  end = std::copy(opening.begin(), opening.end(), end);
  auto room = static_cast<std::size_t>(message_.end() - end) - 1;
  end = std::copy_n(now.begin(), std::min(now.size(), room), end);
  *end++ = '\n';
  length_ = static_cast<std::size_t>(end - message_.begin());
}

// A look that comes late from every thread that looks: then none of them has run.
void watchdog::look_for_gap(clock::time_point now) {
  const auto before = std::exchange(last_look_, now);
  const auto gap = now - before - look_interval;
  if (gap <= usual_lateness) return;
  // What an earlier gap has added and the stop has not used is not lost in this one. But each look uses what is between
  // two of them: where all come late, as with a small share of a processor, the end would recede with them for ever.
  const auto left = extended_ ? *deadline_ - (before + look_interval) : clock::duration(0);
  const auto unused = std::max(left, clock::duration(0));
  const auto moment = std::max(std::min(gap, extra_), unused);
  if (now + moment <= *deadline_) return;
  extra_ -= moment - unused;
  deadline_ = now + moment;
  extended_ = true;
}

void watchdog::wait() {
  std::unique_lock lock(mutex_);
  while (!quit_) {
    if (!deadline_) {
      changed_.wait(lock);
      continue;
    }
    const auto now = clock::now();
    look_for_gap(now);
    if (now >= *deadline_) {
      fire(lock);
      continue;
    }
    const auto until = std::min(now + look_interval, *deadline_);  // a copy: it is read with the mutex released
    changed_.wait_until(lock, until);
  }
}

void watchdog::fire(std::unique_lock<std::mutex>& lock) {
  firing_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, tell_limit, [this] { return told_; });
  deadline_.reset();
  exit_now_(code_);  // only a test's returns
}

void watchdog::tell() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return firing_ || quit_; });
  if (!firing_) return;
  lock.unlock();
  [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, message_.data(), length_);
  lock.lock();
  told_ = true;
  changed_.notify_all();
}

}  // namespace sundown::stop
