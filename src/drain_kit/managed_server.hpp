#pragma once

#include "drain_kit/protocol.hpp"
#include "drain_kit/server.hpp"

namespace sundown::testing::drain_kit {

/// What starts and stops servers by name, as lines for the shell.
struct manager {
  std::string name;                         ///< "docker stop"
  std::string start, stop, pid, code, log;  ///< `pid` and `code` write a number, `log` the last of what it has written
  std::optional<milliseconds> grace;        ///< after which it kills; nothing: `late` knows
  std::string late = {};                    ///< succeeds where it has killed, since the grace was over
};

/// `docker stop`, which sends the image's STOPSIGNAL, and SIGKILL after the grace.
manager docker_manager(const std::string& container, milliseconds grace);
/// `systemctl stop`, which sends the unit's KillSignal, and SIGKILL after its TimeoutStopSec.
manager systemd_manager(const std::string& unit);

/// A container or a unit that is there already: started if it doesn't run, stopped by its manager in each run, and left
/// as it was found.
class managed_source : public server_source {
 public:
  /// `known` must outlive it. `limit`: from the end of the start until it answers.
  managed_source(manager by, endpoint where, const profile& known, const protocol& speech, milliseconds limit)
      : by_(std::move(by)), where_(std::move(where)), known_(known), speech_(speech), limit_(limit) {}
  ~managed_source() override;

  std::unique_ptr<server> start(const start_order& order) override;
  std::string describe() const override { return by_.name; }

 private:
  const manager by_;
  const endpoint where_;
  const profile& known_;
  const protocol& speech_;
  const milliseconds limit_;
  std::optional<bool> ran_;  ///< before the first run
};

}  // namespace sundown::testing::drain_kit
