#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace sundown::redis {

/// What may help against an error that Redis answered.
enum class remedy {
  reconnect,  ///< this server is none for us now: a new connection may reach one that is, behind the same name
  wait,       ///< the server takes no writes for now; a new connection would meet the same server
  none,       ///< this command alone is refused
};

struct refusal {
  redis::remedy remedy;
  std::string reason;  ///< "READONLY: it is a replica and takes no writes"; holds nothing that was sent
};

/// Reads an error line of Redis, also one that comes out of a script.
refusal read_error(std::string_view line);

/// What a server that is connected refuses at present. Pure: no clock, no socket.
///
/// A refusal stands until nothing was refused for its reason for a while: a second, and up to eight where the same one
/// comes back within half a minute, so that a server at the edge of its memory makes few lines in the log and not two
/// per request.
/// Thread safety: none.
class refusals {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  void add(std::string_view command, const refusal& what, time_point now);
  /// Forgets what was not refused again. Call it after everything that is in question was asked again.
  void settle(time_point now);
  void clear() { known_.clear(); }

  bool empty() const;
  /// The server takes no writes from anybody.
  bool waits() const;
  /// "NOPERM: our user lacks a permission (ACL), for EVAL, XADD; OOM: its memory is full (maxmemory)", or "".
  std::string text() const;

 private:
  using key = std::pair<std::string, std::string>;  ///< the reason, the command where it matters
  struct entry {
    bool waits;
    time_point last;
    std::chrono::seconds patience;
    bool stands = true;  ///< or did until lately
  };

  std::map<key, entry> known_;
};

}  // namespace sundown::redis
