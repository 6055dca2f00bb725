#pragma once

#include "trace/exemplar_slot.hpp"

#include <sundown/http/figures.hpp>
#include <sundown/time.hpp>
#include <sundown/trace/context.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace sundown::http::detail {

/// What one worker has answered, by route, status and duration.
///
/// Written by its worker only, read by any thread: relaxed loads and stores, no read-modify-write, so a count costs no
/// more than a plain increment.
class request_counters {
  struct cell;

 public:
  /// Once, when the router is complete, before anything is counted.
  void make_room(std::size_t routes) { routes_ = std::vector<cell>(routes + 1); }

  /// Where a request was counted.
  struct place {
    cell* route;
    std::size_t bucket;
  };
  /// `route` is router's index, or no_route.
  place count(std::size_t route, unsigned status, std::chrono::nanoseconds took, std::uint64_t bytes) noexcept;
  /// It is sampled, as that span: an exemplar of its bucket.
  static void keep_exemplar(place counted, std::chrono::nanoseconds took, const trace::context& where,
                            clock::time_point ended) noexcept;
  /// It was given up, too, since its time was over.
  void count_timeout(std::size_t route) noexcept;
  void add_to(std::vector<route_figures>& sum) const;

  static constexpr std::size_t no_route = static_cast<std::size_t>(-1);

 private:
  using exemplar_row = std::array<trace::detail::exemplar_slot, duration_bounds.size() + 1>;

  struct cell {
    cell() = default;
    cell(const cell&) = delete;
    cell& operator=(const cell&) = delete;
    ~cell() { delete exemplars.load(std::memory_order_relaxed); }

    std::array<std::atomic<std::uint64_t>, counted_statuses.size() + 1> by_status{};
    std::array<std::atomic<std::uint64_t>, duration_bounds.size() + 1> by_duration{};
    std::atomic<std::uint64_t> nanoseconds{0};
    std::atomic<std::uint64_t> bytes{0};
    std::atomic<std::uint64_t> timeouts{0};
    std::atomic<exemplar_row*> exemplars{nullptr};  ///< made with the first one
  };

  static exemplar_row* make_row(cell& of) noexcept;
  cell& cell_of(std::size_t route) noexcept { return route < routes_.size() ? routes_[route] : routes_.back(); }

  std::vector<cell> routes_;  // the last one is for requests that no route took
};

}  // namespace sundown::http::detail
