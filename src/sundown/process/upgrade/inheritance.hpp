#pragma once

#include <sundown/stop/budget.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::process {

/// The first of the descriptors that a process is given (SD_LISTEN_FDS_START); the others follow it.
inline constexpr int first_descriptor = 3;

/// Variables of an environment by name.
using variables = std::vector<std::pair<std::string, std::string>>;

/// What a process is given beside its arguments and its configuration: by systemd, or by the process that it is to
/// succeed (process/upgrade/successor).
struct inheritance {
  /// Listening sockets by the listener's name, from sd_listen_fds(3).
  std::map<std::string, std::vector<int>, std::less<>> sockets;
  /// The listeners whose sockets systemd holds as well, so that they outlive every process of the service. Never those
  /// that a predecessor has opened itself.
  std::set<std::string, std::less<>> externally_owned;
  /// The channel to the predecessor; -1 without one.
  int predecessor = -1;
  /// $NOTIFY_SOCKET, sd_notify(3).
  std::string notify_socket;
  /// How long the service manager waits for a sign of life, sd_watchdog_enabled(3); 0: it doesn't.
  milliseconds watchdog{0};

  std::vector<int> sockets_of(std::string_view name) const;
  bool owned_externally(std::string_view name) const { return externally_owned.contains(name); }
};

/// Reads it from the variables. Sockets are told apart by their names, `listeners`, or by their order where no socket
/// has one of these names (systemd names them after their unit). Throws startup_error for what makes no sense.
inheritance take_inheritance(const variables& from, const std::vector<std::string>& listeners);

/// The environment for a successor, "NAME=value" each: without what was meant for this process only.
std::vector<std::string> environment_to_pass_on(const variables& from);

/// The two variables between a predecessor and its successor: the channel's descriptor, and the names in
/// `externally_owned`.
/// They begin with the program's name: ORDERS_UPGRADE_CHANNEL, ORDERS_UPGRADE_KEPT.
std::string channel_variable();
std::string kept_variable();

}  // namespace sundown::process
