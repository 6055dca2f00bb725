#pragma once

#include <sundown/time.hpp>
#include <sundown/trace/context.hpp>
#include <sundown/trace/exemplar.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace sundown::trace::detail {

/// How far the system's clock is ahead of the steady one, now.
inline std::chrono::nanoseconds system_epoch() noexcept {
  return std::chrono::system_clock::now().time_since_epoch() - clock::now().time_since_epoch();
}

/// The newest exemplar of one bucket.
///
/// Thread safety: any thread. Nobody waits: what is put while another thread puts is not kept, and whoever reads while
/// one is put gets none. A sequence lock whose data are atomics, so that its accesses are in order without fences
/// (Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012).
class exemplar_slot {
 public:
  void put(const context& where, double value, clock::time_point when) noexcept {
    auto turn = turn_.load(std::memory_order_relaxed);
    if (is_odd(turn) || !turn_.compare_exchange_strong(turn, turn + 1, std::memory_order_acquire)) return;
    put_word(0, where.trace().data());
    put_word(1, where.trace().data() + 8);
    put_word(2, where.span().data());
    put_word(3, &value);
    const std::int64_t nanoseconds = when.time_since_epoch().count();
    put_word(4, &nanoseconds);
    turn_.store(turn + 2, std::memory_order_release);
  }

  /// `epoch`: of system_epoch(), for the time.
  std::optional<exemplar> read(std::chrono::nanoseconds epoch) const noexcept {
    const auto turn = turn_.load(std::memory_order_acquire);
    if (turn == 0 || is_odd(turn)) return std::nullopt;
    exemplar found;
    std::int64_t nanoseconds = 0;
    get_word(0, found.trace.data());
    get_word(1, found.trace.data() + 8);
    get_word(2, found.span.data());
    get_word(3, &found.value);
    get_word(4, &nanoseconds);
    if (turn_.load(std::memory_order_relaxed) != turn) return std::nullopt;
    const auto since_1970 = std::chrono::nanoseconds(nanoseconds) + epoch;
    found.when += std::chrono::duration_cast<std::chrono::system_clock::duration>(since_1970);
    return found;
  }

 private:
  static constexpr bool is_odd(std::uint64_t turn) noexcept { return turn % 2 != 0; }
  void put_word(std::size_t place, const void* from) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, from, sizeof word);
    words_[place].store(word, std::memory_order_release);
  }
  void get_word(std::size_t place, void* to) const noexcept {
    const auto word = words_[place].load(std::memory_order_acquire);
    std::memcpy(to, &word, sizeof word);
  }

  std::atomic<std::uint64_t> turn_{0};  ///< odd: one is being put; 0: none was
  std::array<std::atomic<std::uint64_t>, 5> words_{};
};

}  // namespace sundown::trace::detail
