#pragma once

#include "drain_kit/server.hpp"

namespace sundown::testing::drain_kit {

/// A server that somebody else has started, and that can be stopped once: by a signal to its process, or by a command.
/// Nothing else is ever sent to it.
class found_source : public server_source {
 public:
  /// `pid` 0: not known, its end is that nobody listens on the port any more. `exec` empty: stopped by the signal.
  found_source(endpoint where, pid_t pid, std::string exec, int signal)
      : where_(std::move(where)), pid_(pid), exec_(std::move(exec)), signal_(signal) {}

  /// Throws std::runtime_error if there is no such process, or it listens elsewhere.
  std::unique_ptr<server> start(const start_order& order) override;
  std::string describe() const override;

 private:
  const endpoint where_;
  const pid_t pid_;
  const std::string exec_;
  const int signal_;
};

}  // namespace sundown::testing::drain_kit
