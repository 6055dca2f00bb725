#pragma once

#include "drain_kit/profile.hpp"

#include <sundown/testing/child_process.hpp>
#include <sundown/testing/raw_client.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sundown::testing::drain_kit {

class private_network;

/// The server that a run stops.
class server {
 public:
  server() = default;
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  virtual ~server() = default;

  /// 0: nobody knows.
  virtual pid_t process() const = 0;
  virtual endpoint where() const = 0;
  /// 0: as this server is stopped; otherwise that signal.
  virtual void stop(int signal) = 0;
  /// The signal has come when stop() returns; a command takes a while to send its own.
  virtual bool stops_at_once() const { return true; }
  /// "SIGTERM", "docker stop"
  virtual std::string stop_name(int signal) const = 0;
  /// How it ended, or nothing if it still runs at the end of the limit.
  virtual std::optional<exit_report> wait_exit(milliseconds limit) = 0;
  /// Of one that was killed so long after its stop began: who stops it has done that, since its grace was over.
  virtual bool killed_as_late(milliseconds) { return false; }
  /// It has been given up: one that the kit has started is killed, as it would be after its grace.
  virtual void give_up() {}
  /// What it writes comes to the kit.
  virtual bool heard() const { return false; }
  /// The line in which it reports its stop, if it is one that does; call it after the exit.
  virtual std::string report() { return {}; }
  /// What it wrote, all of it once it has ended.
  virtual std::string log() const { return {}; }
  /// The processes that it has started and left, "4711 (worker)" each; call it after the exit.
  virtual std::vector<std::string> left_behind() { return {}; }
};

/// How to start it once more.
struct start_order {
  variables environment = {};          ///< beside the profile's
  std::uint16_t port = 0;              ///< the one to listen on; 0: any
  bool wait = true;                    ///< until it answers
  private_network* network = nullptr;  ///< it is PID 1 of a container with this network
};

/// Where servers come from, a fresh one for each run.
class server_source {
 public:
  server_source() = default;
  server_source(const server_source&) = delete;
  server_source& operator=(const server_source&) = delete;
  virtual ~server_source() = default;

  /// Throws std::runtime_error, with a text for the user, if it doesn't start.
  virtual std::unique_ptr<server> start(const start_order& order) = 0;
  /// "--start build/release/sundown"
  virtual std::string describe() const = 0;
};

}  // namespace sundown::testing::drain_kit
