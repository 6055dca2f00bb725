#pragma once

#include <sundown/testing/clock.hpp>

#include <random>
#include <string_view>

namespace sundown::testing::drain_kit {

/// Shakes the moments of a run, since what is lost at a stop is lost in races. The first run is played as it is
/// written; the same seed shakes the others in the same way.
class shaker {
 public:
  shaker(unsigned seed, int run, std::string_view scenario) : shakes_(run > 0) {
    std::seed_seq mixed{seed, static_cast<unsigned>(run),
                        static_cast<unsigned>(std::hash<std::string_view>()(scenario))};
    random_.seed(mixed);
  }

  /// From a half to one and a half of it.
  milliseconds operator()(milliseconds as_written) {
    if (!shakes_) return as_written;
    return milliseconds(
        std::uniform_int_distribution<milliseconds::rep>(as_written.count() / 2, as_written.count() * 3 / 2)(random_));
  }

 private:
  std::mt19937 random_;
  const bool shakes_;
};

}  // namespace sundown::testing::drain_kit
