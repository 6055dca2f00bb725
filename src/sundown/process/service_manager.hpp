#pragma once

#include <sundown/stop/shutdown.hpp>

#include <boost/scope/unique_fd.hpp>

#include <string>
#include <string_view>

#include <sys/types.h>

namespace sundown::process {

/// Tells the service manager how the service is: the protocol of sd_notify(3), datagrams of NAME=value lines to the
/// socket that $NOTIFY_SOCKET names. Spoken here without libsystemd, as that page invites to: it is stable.
///
/// A message is a notice, nobody waits for an answer; one that can't be sent is logged once and dropped.
/// Thread safety: none; all on the control plane.
class service_manager {
 public:
  /// `socket`: the value of $NOTIFY_SOCKET, a path or, after '@', an abstract name (unix(7)). Empty: nobody to tell,
  /// and every call does nothing.
  explicit service_manager(std::string_view socket);
  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

  /// Start-up, or a reload, is over.
  void ready();
  void ready(std::string_view status);
  /// A reload begins; ready() ends it. With the time that systemd needs to tell the two apart (Type=notify-reload).
  void reloading();
  /// From then on the service is neither ready nor reloading, whatever else ends meanwhile.
  void stopping();
  /// How the stop comes along: its line for the status, and more time if it has advanced since the last call.
  void progress(const stop::shutdown::progress& now);
  /// One line for `systemctl status`.
  void status(std::string_view text);
  /// The service is alive: the keep-alive of WatchdogSec=.
  void watchdog();
  /// Another process is the service now. From then on this one says nothing: its STOPPING=1 would be the service's.
  void hand_over(pid_t successor);

 private:
  void send(const std::string& message);

  std::string address_;  ///< sun_path, '\0' first if abstract
  boost::scope::unique_fd socket_;
  bool reads_ = true;  ///< the last message didn't find its queue full
  bool told_fault_ = false;
  bool stopping_ = false;
  stop::shutdown::progress last_;
};

}  // namespace sundown::process
