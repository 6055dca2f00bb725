#pragma once

#include <sundown/testing/clock.hpp>

#include <vector>

namespace sundown::testing::drain_kit {

/// What a client's connection is doing, as a bar of the timeline shows it.
enum class activity { connecting, idle, sending, waiting, answer, stream };
inline constexpr int activity_count = 6;

/// What can happen at one moment of it.
enum class mark { fin, rst, refused, timed_out, lost };

struct span {
  activity what;
  clock::time_point from, to;
};

struct moment {
  mark what;
  clock::time_point at;
};

/// What one client did, in order. Written by the client's thread, read once that has ended.
class lane {
 public:
  /// From now on; ends what was before.
  void enter(activity what) {
    if (open_ && spans_.back().what == what) return;
    leave();
    const auto now = clock::now();
    spans_.push_back({what, now, now});
    open_ = true;
  }
  /// The connection is no more.
  void leave() {
    if (open_) spans_.back().to = clock::now();
    open_ = false;
  }
  /// Something happened while the connection goes on.
  void record(mark what) { moments_.push_back({what, clock::now()}); }
  /// Ends the connection. Of the orderly ends only the last is kept: a client may have thousands of connections.
  void end(mark how) {
    leave();
    if (how == mark::fin && !moments_.empty() && moments_.back().what == mark::fin) moments_.pop_back();
    moments_.push_back({how, clock::now()});
  }

  bool is(activity what) const { return open_ && spans_.back().what == what; }

  const std::vector<span>& spans() const { return spans_; }
  const std::vector<moment>& moments() const { return moments_; }
  /// Something is to be seen on it that should not be.
  bool troubled() const {
    for (const auto& one : moments_)
      if (one.what != mark::fin && one.what != mark::refused) return true;
    return false;
  }

 private:
  std::vector<span> spans_;
  std::vector<moment> moments_;
  bool open_ = false;
};

}  // namespace sundown::testing::drain_kit
