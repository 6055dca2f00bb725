#pragma once

#include <sundown/http/router.hpp>
#include <sundown/stop/drainable.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sundown::http::detail {

/// What a connection is doing; the rules of the stop go by it (docs/drain.md).
enum class phase : std::uint8_t {
  fresh,    ///< connected, no byte yet
  idle,     ///< between requests
  head,     ///< some of a request's head is there
  body,     ///< reading a request's body
  handler,  ///< a handler runs
  answer,   ///< writing an answer that has an end
  stream,   ///< writing an endless answer
  websocket,
  linger,  ///< all is written, waiting for the peer
};

inline constexpr std::size_t phase_count = 9;

constexpr bool in_request(phase at) noexcept { return at != phase::fresh && at != phase::idle && at != phase::linger; }

/// How many connections of one worker are in each phase, so that nobody has to go through all of them to know. Written
/// by the worker with relaxed loads and stores, as the phases themselves are; any thread may read.
class phase_counts {
 public:
  void enter(phase at) noexcept { add(at, 1); }
  void leave(phase at) noexcept { add(at, static_cast<std::uint32_t>(-1)); }

  std::size_t in(phase at) const noexcept { return count_[index(at)].load(std::memory_order_relaxed); }
  std::size_t connections() const noexcept {
    return sum([](phase) { return true; });
  }
  std::size_t requests() const noexcept { return sum(in_request); }

 private:
  static std::size_t index(phase at) noexcept { return static_cast<std::size_t>(at); }
  void add(phase at, std::uint32_t change) noexcept {
    auto& one = count_[index(at)];
    one.store(one.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
  }
  template <class Which>
  std::size_t sum(Which counts) const noexcept {
    std::size_t all = 0;
    for (std::size_t i = 0; i < phase_count; ++i)
      if (counts(static_cast<phase>(i))) all += count_[i].load(std::memory_order_relaxed);
    return all;
  }

  std::array<std::atomic<std::uint32_t>, phase_count> count_{};
};

/// The part of a session that other threads may look at, even while its worker is blocked. Written by the worker with
/// relaxed stores, which cost nothing; read for /status, progress lines and the report.
class session_status {
 public:
  explicit session_status(phase_counts& counts) noexcept : counts_(counts) { counts_.enter(phase::fresh); }
  session_status(const session_status&) = delete;
  session_status& operator=(const session_status&) = delete;

  phase now() const noexcept { return phase_.load(std::memory_order_relaxed); }
  bool in_request() const noexcept { return detail::in_request(now()); }
  /// "GET /demo/sleep", or what is known yet.
  std::string what() const { return what(route_.load(std::memory_order_relaxed), now()); }
  static std::string what(const route* matched, phase at);
  const route* matched() const noexcept { return route_.load(std::memory_order_relaxed); }
  milliseconds age(clock::time_point at) const noexcept;

 protected:
  ~session_status() { counts_.leave(now()); }

  void enter(phase next) noexcept {
    counts_.leave(now());
    counts_.enter(next);
    phase_.store(next, std::memory_order_relaxed);
  }
  void begins(clock::time_point at) noexcept {
    started_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
    route_.store(nullptr, std::memory_order_relaxed);
  }
  void leads_to(const route* one) noexcept { route_.store(one, std::memory_order_relaxed); }
  clock::time_point started() const noexcept {
    return clock::time_point(clock::duration(started_.load(std::memory_order_relaxed)));
  }

 private:
  phase_counts& counts_;
  std::atomic<clock::rep> started_{0};
  std::atomic<const route*> route_{nullptr};
  std::atomic<phase> phase_{phase::fresh};
};

const char* to_string(phase at) noexcept;

}  // namespace sundown::http::detail
