#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

namespace sundown {

/// Makes UUIDv7 (RFC 9562 §5.7) in ascending order: each id is greater than all before it from the same generator,
/// within one millisecond (method 2 of §6.2: the random part counts up) and also after the clock was set back.
/// Thread safety: any thread.
class uuid7_generator {
 public:
  uuid7_generator();
  /// From now on ids are greater than this one too, whatever the clock says; a text that is no UUIDv7 changes nothing.
  void start_after(std::string_view id);
  std::string next(std::chrono::milliseconds since_epoch);

 private:
  std::mutex mutex_;
  std::mt19937_64 random_;
  std::int64_t last_ms_ = -1;
  std::uint32_t counter_ = 0;  // 12 bits: rand_a
};

}  // namespace sundown
