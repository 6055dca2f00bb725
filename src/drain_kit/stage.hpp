#pragma once

#include "drain_kit/protocol.hpp"

#include <sundown/testing/eventually.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace sundown::testing::drain_kit {

/// Where the clients of one kind wait for each other. Each arrives once, whatever became of it.
class starting_line {
 public:
  explicit starting_line(std::size_t clients) : clients_(clients) {}

  void arrive() { arrived_.add(); }
  void wait(milliseconds limit) const { arrived_.wait_for(clients_, limit); }

 private:
  const std::size_t clients_;
  tally arrived_;
};

/// Where the clients of one run and the one who sends the signal meet.
class stage {
 public:
  /// `patience`: how long after the signal a client waits for anything.
  stage(endpoint where, protocol speech, milliseconds patience)
      : where_(std::move(where)), speech_(std::move(speech)), patience_(patience) {}

  const endpoint& where() const { return where_; }
  const protocol& speech() const { return speech_; }
  /// For one operation of a client. Generous before the signal; after it what is left until the run is given up. Once
  /// the server has ended, only its kernel can still have something.
  milliseconds limit() const {
    constexpr auto of_kernel = 1000ms;
    const std::lock_guard lock(mutex_);
    if (!signalled_) return ample + patience_;
    const auto left = std::max(0ms, between(clock::now(), *signalled_ + patience_));
    return over_ ? std::min(left, of_kernel) : left;
  }

  /// Clients that are where the scenario wants them at the signal.
  tally& in_position() { return in_position_; }

  /// The signal is sent now, by `send`.
  template <class Send>
  clock::time_point signal(Send send) {
    {
      const std::lock_guard lock(mutex_);
      signalled_ = clock::now();
      stopping_ = true;
    }
    send();
    changed_.notify_all();
    return *signalled_;
  }
  bool stopping() const { return stopping_; }
  /// When it was sent; waits for it. Now, if the run is over without.
  clock::time_point wait_signal() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return signalled_ || over_; });
    return signalled_.value_or(clock::now());
  }

  /// The server has ended, or is given up: nobody starts anything new.
  void finish() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }
  bool over() const { return over_; }

 private:
  const endpoint where_;
  const protocol speech_;
  const milliseconds patience_;
  tally in_position_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::optional<clock::time_point> signalled_;
  std::atomic<bool> stopping_{false}, over_{false};
};

}  // namespace sundown::testing::drain_kit
