#pragma once

#include <sundown/lifecycle/background.hpp>

#include <string>
#include <string_view>

namespace sundown::app {

/// Tells the world of changes to notes, after the client has its answer: for now through the log.
///
/// Each event is a background task, so a stop waits for it: an event of an acknowledged write is published before the
/// exit, or named in the report.
/// Thread safety: any thread. Lifetime: the background must outlive it.
class note_events {
 public:
  explicit note_events(lifecycle::background& tasks) : tasks_(tasks) {}

  /// `what` is a literal: "created", "replaced", "deleted".
  void publish(std::string_view what, std::string id);

 private:
  lifecycle::background& tasks_;
};

}  // namespace sundown::app
