#include "http/request_counters.hpp"

#include <algorithm>
#include <new>

namespace sundown::http::detail {

namespace {

/// Status -> position in counted_statuses, for one load instead of a search.
constexpr auto positions = [] {
  std::array<std::uint8_t, 600> table{};
  table.fill(counted_statuses.size());
  for (std::size_t i = 0; i < counted_statuses.size(); ++i) table[counted_statuses[i]] = static_cast<std::uint8_t>(i);
  return table;
}();

constexpr auto bounds_ns = [] {
  std::array<std::int64_t, duration_bounds.size()> bounds{};
  for (std::size_t i = 0; i < bounds.size(); ++i) bounds[i] = static_cast<std::int64_t>(duration_bounds[i] * 1e9);
  return bounds;
}();

void add(std::atomic<std::uint64_t>& to, std::uint64_t n) noexcept {
  to.store(to.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

std::size_t bucket_of(std::chrono::nanoseconds took) noexcept {
  std::size_t slot = 0;  // nearly always the first, so one by one
  while (slot != bounds_ns.size() && bounds_ns[slot] < took.count()) ++slot;
  return slot;
}

/// The newest one of each bucket.
void keep(std::vector<duration_exemplar>& all, std::size_t bucket, const trace::exemplar& found) {
  const auto known = std::ranges::find(all, bucket, &duration_exemplar::bucket);
  if (known == all.end()) {
    all.emplace_back(bucket, found);
  } else if (known->newest.when < found.when) {
    known->newest = found;
  }
}

}  // namespace

request_counters::place request_counters::count(std::size_t route, unsigned status, std::chrono::nanoseconds took,
                                                std::uint64_t bytes) noexcept {
  auto& here = cell_of(route);
  add(here.by_status[status < positions.size() ? positions[status] : counted_statuses.size()], 1);
  const auto bucket = bucket_of(took);
  add(here.by_duration[bucket], 1);
  add(here.nanoseconds, static_cast<std::uint64_t>(took.count()));
  add(here.bytes, bytes);
  return {&here, bucket};
}

void request_counters::keep_exemplar(place counted, std::chrono::nanoseconds took, const trace::context& where,
                                     clock::time_point ended) noexcept {
  auto* row = counted.route->exemplars.load(std::memory_order_relaxed);
  if (!row) [[unlikely]]
    row = make_row(*counted.route);
  if (row) (*row)[counted.bucket].put(where, static_cast<double>(took.count()) / 1e9, ended);
}

/// nullptr: there is no memory for it.
[[gnu::noinline]] request_counters::exemplar_row* request_counters::make_row(cell& of) noexcept {
  auto* const made = new (std::nothrow) exemplar_row;
  of.exemplars.store(made, std::memory_order_release);
  return made;
}

void request_counters::count_timeout(std::size_t route) noexcept { add(cell_of(route).timeouts, 1); }

void request_counters::add_to(std::vector<route_figures>& sum) const {
  const auto epoch = trace::detail::system_epoch();
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const auto& here = routes_[i];
    auto& there = sum[i];
    // Before the counts, so that the request of an exemplar is among them.
    if (const auto* const row = here.exemplars.load(std::memory_order_acquire)) {
      for (std::size_t k = 0; k < row->size(); ++k)
        if (const auto found = (*row)[k].read(epoch)) keep(there.exemplars, k, *found);
    }
    for (std::size_t k = 0; k < here.by_status.size(); ++k)
      there.by_status[k] += here.by_status[k].load(std::memory_order_relaxed);
    for (std::size_t k = 0; k < here.by_duration.size(); ++k)
      there.by_duration[k] += here.by_duration[k].load(std::memory_order_relaxed);
    there.seconds += static_cast<double>(here.nanoseconds.load(std::memory_order_relaxed)) / 1e9;
    there.bytes += here.bytes.load(std::memory_order_relaxed);
    there.timeouts += here.timeouts.load(std::memory_order_relaxed);
  }
}

}  // namespace sundown::http::detail
