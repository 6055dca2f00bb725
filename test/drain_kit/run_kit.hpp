#pragma once

#include "support/testing.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace sundown::test {

/// How a run of the drain kit ended, and what it wrote.
struct kit_result {
  int code;
  std::string out, err;
};

inline kit_result run_kit(std::vector<std::string> arguments) {
  command what;
  what.program = DRAIN_KIT;
  what.arguments = std::move(arguments);
  child_process kit(what);
  const auto end = kit.wait_exit(slack(100s));
  if (!end) throw std::runtime_error("the kit did not end\n" + kit.out().text() + kit.err().text());
  kit.out().wait_end();
  kit.err().wait_end();
  return {end->code, kit.out().text(), kit.err().text()};
}

}  // namespace sundown::test
