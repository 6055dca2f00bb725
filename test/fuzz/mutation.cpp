#include "fuzz/mutation.hpp"

#include <algorithm>
#include <string_view>

namespace sundown::fuzz {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view limits[] = {"0",          "-1",         "127",
                                       "128",        "255",        "256",
                                       "65535",      "65536",      "2147483647",
                                       "2147483648", "4294967296", "9223372036854775807",
                                       "1e309",      "-0.0",       "18446744073709551616"};
constexpr auto special = "\r\n\t \"'\\,;:=&?#%/@[]{}()*+-.~|$\0\x01\x1b\x7f\x80\xc3\xe2\xff"sv;

std::size_t place(const std::string& in, test::random_source& random) { return random.below(in.size() + 1); }

std::string_view piece_of(std::string_view text, test::random_source& random) {
  if (text.empty()) return {};
  const auto begin = random.below(text.size());
  return text.substr(begin, 1 + random.below(std::min<std::size_t>(text.size() - begin, 64)));
}

void change(std::string& bytes, const std::string& other, test::random_source& random) {
  const auto at = place(bytes, random);
  switch (random.below(8)) {
    case 0:
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
      break;
    case 1:
      if (at < bytes.size()) bytes[at] = random.one_of(special);
      break;
    case 2:
      bytes.insert(at, 1, static_cast<char>(random.below(256)));
      break;
    case 3:
      bytes.insert(at, random.one_of(limits));
      break;
    case 4:
      bytes.erase(at, 1 + random.below(16));
      break;
    case 5:  // so often that a limit may be passed
      for (auto left = 1 + random.below(random.one_in(8) ? 200 : 3); left > 0; --left)
        bytes.insert(at, std::string(piece_of(bytes, random)));
      break;
    case 6:
      bytes.insert(at, piece_of(other, random));
      break;
    default:
      bytes = bytes.substr(0, at) + other.substr(std::min(place(other, random), other.size()));
      break;
  }
}

}  // namespace

std::string mutation(std::span<const std::string> samples, test::random_source& random, std::size_t longest) {
  std::string made = random.one_of(samples);
  for (auto left = 1 + random.below(random.one_in(4) ? 8 : 2); left > 0; --left)
    change(made, random.one_of(samples), random);
  if (made.size() > longest) made.resize(longest);
  return made;
}

}  // namespace sundown::fuzz
