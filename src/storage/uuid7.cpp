#include "storage/uuid7.hpp"

namespace sundown::storage {

namespace {

constexpr std::uint32_t counter_limit = 1U << 12;

std::string format(std::uint64_t high, std::uint64_t low) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (int nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text += '-';
    const auto word = nibble < 16 ? high : low;
    text += digits[(word >> (60 - 4 * (nibble % 16))) & 0xF];
  }
  return text;
}

}  // namespace

uuid7_generator::uuid7_generator() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  random_.seed(seed);
}

std::string uuid7_generator::next(std::chrono::milliseconds since_epoch) {
  std::scoped_lock lock(mutex_);
  if (since_epoch.count() > last_ms_) {
    last_ms_ = since_epoch.count();
    counter_ = static_cast<std::uint32_t>(random_() % (counter_limit / 2));  // the upper half is room to count
  } else if (++counter_ == counter_limit) {
    ++last_ms_;  // the id runs ahead of the clock until the clock has caught up
    counter_ = 0;
  }
  const auto high = (static_cast<std::uint64_t>(last_ms_) << 16) | 0x7000U | counter_;
  const auto low = (std::uint64_t{2} << 62) | (random_() >> 2);
  return format(high, low);
}

}  // namespace sundown::storage
