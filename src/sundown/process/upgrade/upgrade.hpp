#pragma once

#include "base/seldom.hpp"
#include "process/service_manager.hpp"
#include "process/upgrade/inheritance.hpp"
#include "process/upgrade/predecessor.hpp"
#include "process/upgrade/successor.hpp"

#include <sundown/stop/background.hpp>
#include <sundown/stop/shutdown.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sundown::process {

/// A listener whose sockets two processes have during an upgrade.
struct shared_listener {
  std::string name;
  std::function<std::vector<int>()> sockets;
  std::function<void(bool shared)> share;  ///< another process has them as well, or has them no more
};

/// The upgrade in place, from both sides; docs/upgrade.md has the protocol. SIGUSR2 starts the program anew, with the
/// listeners handed over; once the new process is ready this one drains, and if it fails this one goes on. A process
/// that was started like that takes the listeners over, and has them for itself when its predecessor has ended.
///
/// As long as a listener's sockets are in two processes, neither touches the accept queue when it stops, and neither
/// trusts its cache: the other one writes too.
/// Thread safety: all on the control context's thread.
class upgrade {
 public:
  /// What of this process takes part.
  struct parts {
    stop::shutdown& stop;
    stop::background& tasks;
    service_manager& manager;
    std::vector<shared_listener> listeners;
    std::function<void(bool shared)> on_shared;         ///< called at the construction, too
    std::function<asio::awaitable<void>()> end_probes;  ///< closes the admin listener, connections included
  };

  upgrade(asio::io_context& control, const inheritance& given, program self, milliseconds limit, parts around);

  /// Start-up is over. `appointed`: this process is the service, which it is at once if it has no predecessor.
  void ready(std::function<void()> appointed);
  /// SIGUSR2.
  void begin();
  /// The stop begins: a successor that is not ready stops as well.
  void call_off();
  /// The stop ends: nothing of this keeps the control context running any more.
  void stop_waiting();

 private:
  enum class state {
    alone,               ///< no other process has the listeners
    starting_successor,  ///< from SIGUSR2 until the new process is ready, has failed or is called off
    replaced,            ///< the new process is the service; this one stops
    succeeding,          ///< the process before this one has not ended
  };

  void enter(state next);
  void share(bool shared);
  std::string refusal() const;
  void started();
  void succeeded();
  void failed(const std::string& why);
  asio::awaitable<void> leave(std::string reason);

  asio::io_context& control_;
  const inheritance& given_;
  const program self_;
  const milliseconds limit_;
  const parts parts_;
  predecessor previous_;
  successor next_;
  state state_;
  base::seldom refusals_{std::chrono::seconds(1)};
};

}  // namespace sundown::process
