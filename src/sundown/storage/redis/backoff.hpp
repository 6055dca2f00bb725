#pragma once

#include <sundown/time.hpp>

#include <algorithm>

namespace sundown::redis {

/// The pause before the next connection: longer each time that a server has answered and refused us, since the next
/// one refuses us just as well.
class backoff {
 public:
  static constexpr milliseconds shortest{500}, longest{4'000};

  milliseconds pause() const noexcept { return pause_; }
  void grow() noexcept { pause_ = std::min(pause_ * 2, longest); }
  void reset() noexcept { pause_ = shortest; }

 private:
  milliseconds pause_ = shortest;
};

}  // namespace sundown::redis
