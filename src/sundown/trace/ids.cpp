#include "trace/ids.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <random>

#include <sys/random.h>

namespace sundown::trace::detail {

namespace {

/// xoshiro256** 1.0 (Blackman and Vigna, https://prng.di.unimi.it): 256 bits of state, so that the ids of many threads
/// and processes don't meet. Nobody is to be kept from guessing them.
class generator {
 public:
  generator() {
    if (::getrandom(state_.data(), sizeof state_, 0) == static_cast<ssize_t>(sizeof state_)) return;
    std::random_device device;  // no such system call
    for (auto& word : state_) word = std::uint64_t{device()} << 32 | device() | 1;
  }

  std::uint64_t next() noexcept {
    const auto value = std::rotl(state_[1] * 5, 7) * 9;
    const auto shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return value;
  }
  std::uint64_t next_but_zero() noexcept {
    for (;;) {
      const auto value = next();
      if (value != 0) return value;
    }
  }

 private:
  std::array<std::uint64_t, 4> state_;
};

generator& of_this_thread() {
  thread_local generator made;
  return made;
}

}  // namespace

trace_id next_trace_id() {
  auto& random = of_this_thread();
  const std::array<std::uint64_t, 2> words{random.next(), random.next_but_zero()};
  trace_id id;
  std::memcpy(id.data(), words.data(), id.size());
  return id;
}

span_id next_span_id() {
  const auto word = of_this_thread().next_but_zero();
  span_id id;
  std::memcpy(id.data(), &word, id.size());
  return id;
}

}  // namespace sundown::trace::detail
