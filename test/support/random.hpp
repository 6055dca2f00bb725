#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::test {

/// The random numbers of a property. The same in every run, so that a failure can be run again; SUNDOWN_TEST_SEED in
/// the environment makes them others, SUNDOWN_TEST_ROUNDS makes a run longer or shorter.
class random_source {
 public:
  explicit random_source(unsigned seed) : engine_(seed + from_environment("SUNDOWN_TEST_SEED", 0)) {}

  static std::size_t rounds(unsigned usual) { return from_environment("SUNDOWN_TEST_ROUNDS", usual); }

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class Range>
  const auto& one_of(const Range& range) {
    return *(std::begin(range) + static_cast<std::ptrdiff_t>(below(std::size(range))));
  }
  /// Places to cut so many bytes at, in order; the end is the last one.
  std::vector<std::size_t> cuts(std::size_t bytes, std::size_t count) {
    std::vector<std::size_t> places{bytes};
    while (bytes > 0 && places.size() <= count) places.push_back(below(bytes) + 1);
    std::sort(places.begin(), places.end());
    return places;
  }

 private:
  static unsigned from_environment(const char* name, unsigned usual) {
    const char* const given = std::getenv(name);
    return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : usual;
  }

  std::mt19937 engine_;
};

/// One to four bytes changed, inserted, removed, or a piece repeated: most requests stay nearly valid, which is where
/// two readings would differ.
inline std::string mutated(std::string bytes, random_source& random) {
  using namespace std::string_view_literals;
  constexpr auto odd = "\r\n\t :;,0159afF%/*?#\"\\-+\0\v\x7f\xff"sv;
  for (auto left = random.below(4) + 1; left > 0 && !bytes.empty(); --left) {
    const auto at = random.below(bytes.size());
    const char one = random.one_of(odd);
    switch (random.below(5)) {
      case 0:
        bytes[at] = one;
        break;
      case 1:
        bytes.insert(at, 1, one);
        break;
      case 2:
        bytes.erase(at, 1 + random.below(3));
        break;
      case 3:
        bytes.insert(at, "\r\n"sv.substr(random.below(2)));
        break;
      default:
        bytes.insert(at, bytes.substr(random.below(bytes.size()), 1 + random.below(30)));
        break;
    }
  }
  return bytes;
}

}  // namespace sundown::test
