#pragma once

#include "support/testing.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <grp.h>
#include <unistd.h>

namespace sundown::test {

/// The file's; "" if there is none, as with files of /proc whose process is gone.
inline std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// How a run of the drain kit ended, and what it wrote.
struct kit_result {
  int code;
  std::string out, err;
};

/// A run of it that goes on; ended with the object.
class running_kit {
 public:
  /// `prepare`: see command::prepare.
  explicit running_kit(std::vector<std::string> arguments, std::function<bool()> prepare = nullptr)
      : kit_(command_of(std::move(arguments), std::move(prepare))) {}

  child_process& process() { return kit_; }
  /// Throws std::runtime_error if it doesn't end.
  kit_result wait() {
    const auto end = kit_.wait_exit(slack(100s));
    if (!end) throw std::runtime_error("the kit did not end\n" + kit_.out().text() + kit_.err().text());
    kit_.out().wait_end();
    kit_.err().wait_end();
    return {end->code, kit_.out().text(), kit_.err().text()};
  }

 private:
  static command command_of(std::vector<std::string> arguments, std::function<bool()> prepare) {
    command what;
    what.program = DRAIN_KIT;
    what.arguments = std::move(arguments);
    what.prepare = std::move(prepare);
    return what;
  }

  child_process kit_;
};

/// Becomes nobody, between fork(2) and execve(2).
inline bool drop_root() {
  constexpr unsigned nobody = 65534;
  return ::geteuid() != 0 ||
         (::setgroups(0, nullptr) == 0 && ::setgid(nobody) == 0 && ::setuid(nobody) == 0 && ::geteuid() == nobody);
}

inline kit_result run_kit(std::vector<std::string> arguments) { return running_kit(std::move(arguments)).wait(); }

}  // namespace sundown::test
