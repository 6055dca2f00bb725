#pragma once

#include "base/seldom.hpp"
#include "process/service_manager.hpp"
#include "process/upgrade/inheritance.hpp"
#include "process/upgrade/successor.hpp"

#include <sundown/http/server.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/stop/shutdown.hpp>

#include <functional>

namespace sundown::serving {

/// The upgrade in place, from both sides. SIGUSR2 starts the program anew, with the listeners handed over; once the new
/// process is ready this one drains, and if it fails this one goes on. A process that was started like that takes the
/// listeners over, and has them for itself when its predecessor has ended.
///
/// As long as a listener's sockets are in two processes, none of them touches the accept queue when it stops, and none
/// trusts its cache: the other one writes too.
/// Thread safety: all on the control context's thread.
class upgrade {
 public:
  struct parts {
    stop::shutdown& stop;
    http::server& server;
    http::server& admin;
    process::service_manager& manager;
    std::function<void(bool shared)> tell;  ///< the parts of the service
    stop::background& tasks;
  };

  upgrade(asio::io_context& control, const process::inheritance& given, process::program self, milliseconds limit,
          parts around);

  /// Start-up is over. `appointed`: this process is the service, which it is at once if it has no predecessor.
  void ready(std::function<void()> appointed);
  /// SIGUSR2.
  void begin();
  /// The stop begins.
  void call_off();
  /// The stop ends: nothing of this keeps the control context running any more.
  void stop_waiting();

 private:
  std::string refusal() const;
  void started();
  void succeeded();
  void failed(const std::string& why);
  void share(bool shared);
  static asio::awaitable<void> leave(http::server& admin, stop::shutdown& stop, std::string reason);

  asio::io_context& control_;
  const process::inheritance& given_;
  const process::program self_;
  const milliseconds limit_;
  const parts parts_;
  process::predecessor previous_;
  process::successor next_;
  bool replaced_ = false;
  base::seldom refusals_{std::chrono::seconds(1)};
};

}  // namespace sundown::serving
