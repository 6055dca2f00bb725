#include "config/key.hpp"
#include "config/load.hpp"
#include "unit/config/text_file.hpp"

#include <gmock/gmock.h>

#include <random>

namespace sundown::configuration {
namespace {

using namespace std::string_view_literals;

std::string random_text(std::mt19937& random, std::string_view alphabet, std::size_t longest) {
  std::string out(random() % (longest + 1), '\0');
  for (auto& c : out) c = alphabet[random() % alphabet.size()];
  return out;
}

// A value is taken or refused with one fault, whatever its bytes; one that is taken is within the key's range.
TEST(Malformed, ValuesAreTakenOrRefused) {
  std::mt19937 random(1);
  const auto alphabet = "0123456789.-+smhKMGiB \"'\\truefals\n\x01\xff%:\0"sv;
  for (int round = 0; round != 2000; ++round) {
    const auto& of = keys()[random() % keys().size()];
    const auto text = random_text(random, alphabet, 8);
    const auto read = load(std::nullopt, {{of.variable(), text}});
    ASSERT_LE(read.faults.size(), 1u) << of.name << " = " << testing::PrintToString(text);
    const auto now = of.get(read.values);
    if (!read.faults.empty()) {
      EXPECT_THAT(read.faults[0], testing::HasSubstr(of.name));
      EXPECT_EQ(now, of.get(config{}));
    } else if (of.max != 0) {
      EXPECT_GE(std::get<std::int64_t>(*now), of.min) << of.name << " = " << testing::PrintToString(text);
      EXPECT_LE(std::get<std::int64_t>(*now), of.max) << of.name << " = " << testing::PrintToString(text);
    }
  }
}

// A damaged file is read or refused, never worse, and every fault names the file.
TEST(Malformed, FilesAreReadOrRefused) {
  std::mt19937 random(2);
  const auto good = test::read_text(SUNDOWN_SOURCE_DIR "/config/service.toml");
  ASSERT_FALSE(good.empty());
  for (int round = 0; round != 100; ++round) {
    auto text = good;
    for (auto damage = 1 + random() % 4; damage != 0; --damage) {
      const auto at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 40);
          break;
        default:
          text.insert(at, random_text(random, "[]{}=\"'.#\n\\,x1", 4));
          break;
      }
    }
    const test::text_file file(text);
    for (const auto& fault : load(file.path(), {}).faults) EXPECT_TRUE(fault.starts_with(file.path())) << fault;
  }
}

// Nesting can't exhaust the stack.
TEST(Malformed, DeepNestingIsRefused) {
  const test::text_file file("x = " + std::string(100'000, '['));
  EXPECT_EQ(load(file.path(), {}).faults.size(), 1u);
}

}  // namespace
}  // namespace sundown::configuration
