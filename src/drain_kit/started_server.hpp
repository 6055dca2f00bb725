#pragma once

#include "drain_kit/protocol.hpp"
#include "drain_kit/server.hpp"

namespace sundown::testing::drain_kit {

/// How --start starts a server.
struct start_settings {
  /// A line for the shell, with "{port}" in it or in the profile's environment. One of several steps says itself which
  /// is the server: `exec`.
  std::string command;
  std::string exec;  ///< what stops it, also with "{pid}"; empty: the signal
  int signal = 0;
  const profile* known = nullptr;  ///< outlives the source
  const protocol* speech = nullptr;
  std::string certificate, key;  ///< files; empty in the clear
  milliseconds limit = ample;    ///< until it answers
};

/// The command of --start, as a fresh process on a free port for each run, in a process group of its own. What the
/// server leaves behind is killed with the object, and when the kit is ended by a signal.
class command_source : public server_source {
 public:
  explicit command_source(start_settings how) : how_(std::move(how)) {}

  std::unique_ptr<server> start(const start_order& order) override;
  std::string describe() const override { return how_.command; }

 private:
  const start_settings how_;
};

}  // namespace sundown::testing::drain_kit
