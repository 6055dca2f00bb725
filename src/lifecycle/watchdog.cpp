#include "lifecycle/watchdog.hpp"

#include "lifecycle/start_thread.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace sundown::lifecycle {

namespace {

constexpr std::string_view opening = "sundown: watchdog: the stop did not end in time; ";

}  // namespace

watchdog::watchdog(exit_function exit_now) : exit_now_(std::move(exit_now)) {
  if (!exit_now_) exit_now_ = [](int code) { ::_exit(code); };
  describe("not yet stopping");
  thread_ = start_thread("watchdog", [this] { wait(); });
}

watchdog::~watchdog() {
  {
    std::lock_guard lock(mutex_);
    quit_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void watchdog::arm(clock::time_point deadline, int code) {
  {
    std::lock_guard lock(mutex_);
    deadline_ = deadline;
    code_ = code;
  }
  changed_.notify_one();
}

void watchdog::disarm() {
  {
    std::lock_guard lock(mutex_);
    deadline_.reset();
  }
  changed_.notify_one();
}

std::optional<milliseconds> watchdog::time_left() const {
  std::lock_guard lock(mutex_);
  if (!deadline_) return std::nullopt;
  return std::chrono::duration_cast<milliseconds>(*deadline_ - clock::now());
}

void watchdog::describe(std::string_view now) {
  std::lock_guard lock(mutex_);
  auto end = std::copy(opening.begin(), opening.end(), message_.begin());
  auto room = static_cast<std::size_t>(message_.end() - end) - 1;
  end = std::copy_n(now.begin(), std::min(now.size(), room), end);
  *end++ = '\n';
  length_ = static_cast<std::size_t>(end - message_.begin());
}

void watchdog::wait() {
  std::unique_lock lock(mutex_);
  while (!quit_) {
    if (!deadline_) {
      changed_.wait(lock);
    } else if (clock::now() < *deadline_) {
      auto until = *deadline_;  // a copy: wait_until reads it with the mutex released
      changed_.wait_until(lock, until);
    } else {
      // The lock stays held: describe() must not change the message under write(2), and nobody else matters any more.
      [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, message_.data(), length_);
      deadline_.reset();
      exit_now_(code_);  // only a test's returns
    }
  }
}

}  // namespace sundown::lifecycle
