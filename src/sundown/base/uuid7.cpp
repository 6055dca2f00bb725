#include <sundown/uuid7.hpp>

#include <charconv>
#include <optional>
#include <utility>

namespace sundown {

namespace {

constexpr std::uint32_t counter_limit = 1U << 12;
constexpr std::uint64_t latest_ms = std::uint64_t{1} << 47;  // the year 6429: beyond it there is no room to count

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

struct stamp {
  std::int64_t ms;
  std::uint32_t counter;
};

/// The time and the counter of an id, "tttttttt-tttt-7ccc-…".
std::optional<stamp> read_stamp(std::string_view id) {
  if (id.size() != 36 || id[8] != '-' || id[13] != '-' || id[14] != '7') return std::nullopt;
  std::string digits(id.substr(0, 8));
  digits.append(id.substr(9, 4)).append(id.substr(15, 3));
  std::uint64_t value = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (ec != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (value >> 12 > latest_ms) return std::nullopt;
  return stamp{static_cast<std::int64_t>(value >> 12), static_cast<std::uint32_t>(value % counter_limit)};
}

}  // namespace

uuid7_generator::uuid7_generator() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  random_.seed(seed);
}

void uuid7_generator::start_after(std::string_view id) {
  const auto stored = read_stamp(id);
  if (!stored) return;
  std::scoped_lock lock(mutex_);
  if (std::pair(stored->ms, stored->counter) <= std::pair(last_ms_, counter_)) return;
  last_ms_ = stored->ms;
  counter_ = stored->counter;
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

}  // namespace sundown
