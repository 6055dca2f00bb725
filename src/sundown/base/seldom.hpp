#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sundown::base {

/// For a line of the log that somebody outside can cause at will: one after the other, and no more.
///
/// Thread safety: none.
class seldom {
 public:
  using clock = std::chrono::steady_clock;

  explicit seldom(clock::duration apart) : apart_(apart) {}

  /// True if the line is to be written now: it is another one than the last, or that was long enough ago.
  bool due(std::string_view line = {}) {
    const auto now = clock::now();
    if (line == last_ && now < next_) return false;
    last_ = line;
    next_ = now + apart_;
    return true;
  }

 private:
  const clock::duration apart_;
  clock::time_point next_{};
  std::string last_;
};

}  // namespace sundown::base
