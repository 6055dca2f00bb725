// What the kit shows of others' bytes.
#include "drain_kit/legible.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace sundown::testing::drain_kit {
namespace {

/// UTF-8 by its definition (RFC 3629 §3), for whatever number.
std::string encoded(unsigned code) {
  const auto tail = [&](int at) { return static_cast<char>(0x80 | ((code >> (6 * at)) & 0x3f)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0 | (code >> 6)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | (code >> 12)), tail(1), tail(0)};
  return {static_cast<char>(0xf0 | (code >> 18)), tail(2), tail(1), tail(0)};
}

// Every number that four bytes can have: characters stay, but for controls and what is none in XML.
TEST(Legible, KeepsCharacters) {
  for (unsigned code = 0; code < 0x200000; ++code) {
    const bool control = code < 0x20 ? code != '\n' && code != '\t' : code >= 0x7f && code < 0xa0;
    const bool none = (code >= 0xd800 && code < 0xe000) || code == 0xfffe || code == 0xffff || code > 0x10ffff;
    ASSERT_EQ(legible(encoded(code)) == encoded(code), !control && !none) << std::hex << code;
  }
}

// Every two bytes, alone and with others around them: what comes out is legible, and what is around them stays.
TEST(Legible, ReplacesTheRest) {
  for (unsigned pair = 0; pair < 0x10000; ++pair) {
    const std::array<char, 2> bytes{static_cast<char>(pair >> 8), static_cast<char>(pair)};
    const auto out = legible("a" + std::string(bytes.data(), bytes.size()) + "<");
    ASSERT_EQ(legible(out), out) << pair;
    ASSERT_TRUE(out.front() == 'a' && out.back() == '<') << pair;
  }
  EXPECT_EQ(legible("\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd") << "cut off";
  EXPECT_EQ(legible("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd") << "longer than needed";
}

}  // namespace
}  // namespace sundown::testing::drain_kit
