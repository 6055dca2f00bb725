#pragma once

#include <sundown/http/router.hpp>
#include <sundown/lifecycle/drainable.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace sundown::http::detail {

using lifecycle::clock;

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

/// The part of a session that other threads may look at, even while its worker is blocked. Written by the worker with
/// relaxed stores, which cost nothing; read for /status, progress lines and the report.
class session_status {
 public:
  phase now() const noexcept { return phase_.load(std::memory_order_relaxed); }
  bool in_request() const noexcept {
    const auto at = now();
    return at != phase::fresh && at != phase::idle && at != phase::linger;
  }
  /// "GET /demo/sleep", or what is known yet.
  std::string what() const;
  lifecycle::milliseconds age(clock::time_point at) const noexcept;

 protected:
  void enter(phase next) noexcept { phase_.store(next, std::memory_order_relaxed); }
  void begins(clock::time_point at) noexcept {
    started_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
    route_.store(nullptr, std::memory_order_relaxed);
  }
  void leads_to(const route* one) noexcept { route_.store(one, std::memory_order_relaxed); }
  clock::time_point started() const noexcept {
    return clock::time_point(clock::duration(started_.load(std::memory_order_relaxed)));
  }

 private:
  std::atomic<clock::rep> started_{0};
  std::atomic<const route*> route_{nullptr};
  std::atomic<phase> phase_{phase::fresh};
};

const char* to_string(phase at) noexcept;

}  // namespace sundown::http::detail
