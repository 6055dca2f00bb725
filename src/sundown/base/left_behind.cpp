#include "base/left_behind.hpp"

#include <atomic>

namespace sundown::base {

namespace {

std::atomic<bool> left{false};

}  // namespace

void leave_behind(std::thread& thread) {
  left = true;
  thread.detach();
}

bool any_left_behind() noexcept { return left; }

}  // namespace sundown::base
