#pragma once

#include <functional>
#include <optional>
#include <string>

namespace sundown::redis {

/// How the server stands to us.
enum class server_standing {
  away,      ///< no connection, or none to a server that works for us
  refusing,  ///< connected, but the server takes no writes for now
  partial,   ///< connected; some commands are refused
  well,
};

/// Says when the server's standing has changed, or the reason for it: to the listener, then to the log, so that whoever
/// reads "connected" finds it so.
class standing_report {
 public:
  using listener = std::function<void(server_standing now, const std::string& detail)>;

  explicit standing_report(std::string server) : server_(std::move(server)) {}

  void tell(server_standing now, const std::string& detail);

  listener on_change;

 private:
  const std::string server_;
  std::optional<server_standing> told_;
  std::string detail_;
};

}  // namespace sundown::redis
