#pragma once

#include <sundown/http/figures.hpp>
#include <sundown/http/router.hpp>
#include <sundown/stop/drainable.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sundown::http::detail {

inline constexpr std::size_t phase_count = phase_names.size();

constexpr bool in_request(phase current) noexcept {
  return current != phase::handshake && current != phase::fresh && current != phase::idle && current != phase::linger;
}

/// How many connections of a worker are in each phase, so that a look from outside needs no walk through all of them.
/// Written by the worker with relaxed loads and stores, as the phases themselves are; any thread may read.
class phase_counts {
 public:
  void enter(phase next) noexcept { add(next, 1); }
  void leave(phase last) noexcept { add(last, static_cast<std::uint32_t>(-1)); }

  std::size_t in(phase which) const noexcept { return count_[index(which)].load(std::memory_order_relaxed); }
  std::size_t connections() const noexcept {
    return sum([](phase) { return true; });
  }
  std::size_t requests() const noexcept { return sum(in_request); }

 private:
  static std::size_t index(phase which) noexcept { return static_cast<std::size_t>(which); }
  void add(phase which, std::uint32_t change) noexcept {
    auto& count = count_[index(which)];
    count.store(count.load(std::memory_order_relaxed) + change, std::memory_order_relaxed);
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

/// The part of a connection that other threads may look at, even while its worker is blocked. Written by the worker
/// with relaxed stores, which cost nothing; read for /status, progress lines and the report.
class session_status {
 public:
  explicit session_status(phase_counts& counts) noexcept : counts_(counts) { counts_.enter(phase::fresh); }
  ~session_status() { counts_.leave(phase()); }
  session_status(const session_status&) = delete;
  session_status& operator=(const session_status&) = delete;

  // Any thread.
  http::phase phase() const noexcept { return phase_.load(std::memory_order_relaxed); }
  bool in_request() const noexcept { return detail::in_request(phase()); }
  /// "GET /demo/sleep", or what is known yet.
  std::string name() const { return name(matched(), phase()); }
  static std::string name(const route* matched, http::phase current);
  const route* matched() const noexcept { return route_.load(std::memory_order_relaxed); }
  clock::time_point started() const noexcept {
    return clock::time_point(clock::duration(started_.load(std::memory_order_relaxed)));
  }
  /// Since the first byte of the request.
  milliseconds age(clock::time_point now) const noexcept;

  // The worker's thread.
  void enter(http::phase next) noexcept {
    counts_.leave(phase());
    counts_.enter(next);
    phase_.store(next, std::memory_order_relaxed);
  }
  void begin_request(clock::time_point now) noexcept {
    started_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    route_.store(nullptr, std::memory_order_relaxed);
  }
  void match(const route* found) noexcept { route_.store(found, std::memory_order_relaxed); }

 private:
  phase_counts& counts_;
  std::atomic<clock::rep> started_{0};
  std::atomic<const route*> route_{nullptr};
  std::atomic<http::phase> phase_{http::phase::fresh};
};

}  // namespace sundown::http::detail
