#pragma once

#include <sundown/error.hpp>
#include <sundown/redis.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/trace.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::app {

/// Tells the world of changes to notes, after the client has its answer: by the Redis stream `sundown:note-events`
/// (fields event, id, version, at, and traceparent of a request in a trace; the last million of them), or without Redis
/// by the log.
///
/// Publishing is a background task, so a stop waits for it: an event of an acknowledged write is published before the
/// exit, or named in the log. While Redis is away or refuses them, events wait, at most `most_waiting` of them; those
/// beyond are named in the log and counted. In the order of publish(), and at least once: where the answer was lost, or
/// a part of a pipeline refused, an event is published again.
/// Thread safety: any thread. Lifetime: the background and the client must outlive it, and it the background's tasks.
class note_events {
 public:
  static constexpr std::size_t most_waiting = 10'000;

  /// `redis` may be null; it is told what to rehearse, before it starts.
  note_events(stop::background& tasks, redis::client* redis);
  note_events(const note_events&) = delete;
  note_events& operator=(const note_events&) = delete;

  /// `what` is a literal: "created", "replaced", "deleted" (which has no version: 0). `above`: the span of the request.
  void publish(std::string_view what, std::string id, std::uint64_t version, const trace::parent& above = {});

  /// Gives up what still waits, and names it in the log: before an exit that waits for nothing more.
  void give_up();

  std::size_t waiting() const;
  /// Events that were given up since start.
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  struct event {
    std::string_view what;
    std::string id;
    std::uint64_t version;
    std::int64_t at_ms;
    std::string traceparent;  // "": the request is in no trace
  };

  boost::asio::awaitable<void> publish_all();
  std::vector<redis::command> next(std::size_t most);
  void tell_waiting(const error& why);
  void published(std::size_t count);
  void name(const std::deque<event>& lost, std::string_view why);

  stop::background& tasks_;
  redis::client* const redis_;
  std::atomic<std::uint64_t> lost_{0};
  std::chrono::steady_clock::time_point told_{};  // the task's: when the log was told that events wait
  mutable std::mutex mutex_;                      // guards what follows
  std::deque<event> waiting_;
  bool publishing_ = false;  // the task runs
  bool given_up_ = false;
};

}  // namespace sundown::app
