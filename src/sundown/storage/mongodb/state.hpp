#pragma once

#include <sundown/error.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace sundown::mongodb {

/// Whether a MongoDB deployment can be used, from what the driver tells of it. A pure state machine: no clock, no lock.
///
/// Up: a server takes writes, and the preparation (indexes) was done. Down: no server takes writes and a heartbeat has
/// failed too, or none has for `patience`, or the preparation is refused. In doubt is what lies between, such as one
/// connection that broke, or an election: then operations are still worth a try.
class deployment_state {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  enum class verdict { up, in_doubt, down };

  deployment_state(std::chrono::milliseconds patience, time_point now) : patience_(patience), since_(now) {}

  /// `silent`: there was no answer at all, not even a refusal, for as long as the driver waits.
  void heartbeat_failed(std::string why, bool silent);
  void topology_changed(bool writable, time_point now);
  void prepared(const result<void>& outcome, time_point now);
  /// The server did not let an operation's user in: everything is to be prepared anew.
  void locked_out(std::string why, time_point now);
  /// The server refused an operation, and would refuse it again (its disk is full, a role is missing). Others may work,
  /// so it stays up; that is its complaint until nothing was refused for ten seconds, and up to five minutes where
  /// refusals come back.
  void refused(std::string why, time_point now);
  /// Forgets a complaint whose time is over.
  void settle(time_point now);

  verdict at(time_point now) const;
  /// Why it is not up.
  std::string why() const;
  /// What it refuses, though it may be up; or "".
  const std::string& complaint() const { return complaint_; }
  /// It takes no writes because it does not answer, rather than because nobody is there.
  bool silent() const { return !writable_ && failing_ && silent_; }
  /// It is down for the driver too, and not only because it refuses what was asked.
  bool lost(time_point now) const { return !writable_ && at(now) == verdict::down; }
  bool wants_preparation(time_point now) const { return writable_ && !prepared_ && now >= next_try_; }
  /// When the answers change by themselves, if they will.
  std::optional<time_point> next_change(time_point now) const;

 private:
  const std::chrono::milliseconds patience_;
  bool writable_ = false;
  bool failing_ = false;  // a heartbeat has failed since a server last took writes
  bool silent_ = false;   // the last failed heartbeat
  std::string failure_;   // what it said
  time_point since_;      // when the last server that took writes was lost
  bool prepared_ = false;
  std::string refusal_;  // why the last preparation failed
  time_point next_try_{};
  std::string complaint_;
  std::chrono::seconds quiet_{0};  // after which the complaint is over
  time_point complained_{};        // last
};

}  // namespace sundown::mongodb
