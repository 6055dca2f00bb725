#pragma once

#include "drain_kit/score.hpp"

#include <string>

namespace sundown::testing::drain_kit {

/// Tells what goes on: on a terminal by one line for each run, rewritten as it goes; elsewhere by its last state only.
class progress {
 public:
  progress();

  void begin(std::string name);
  void update(const std::string& state);
  void end(const std::string& state);

 private:
  const bool terminal_;
  std::string name_;
};

/// "sent 120  answered 118  lost 0".
std::string counts_text(const figures& all);

}  // namespace sundown::testing::drain_kit
