#include "config/key.hpp"
#include "config/load.hpp"
#include "unit/config/common_table.hpp"
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

// A value is taken or refused with one fault, whatever its bytes; one that is taken is within the key's range. The
// others are such that none of it is at odds with them.
TEST(Malformed, ValuesAreTakenOrRefused) {
  const environment others = {{"SUNDOWN_STORAGE__MONGODB__URI", "mongodb://localhost/shop"},
                              {"SUNDOWN_HTTP__PORT", "0"},
                              {"SUNDOWN_ADMIN__PORT", "0"},
                              {"SUNDOWN_NOTES__WEBHOOK__TIMEOUT", "500ms"}};
  const auto usual = load(std::nullopt, others);
  ASSERT_THAT(usual.faults, testing::IsEmpty());
  std::mt19937 random(1);
  const auto alphabet = "0123456789.-+smhKMGiB \"'\\truefals\n\x01\xff%:\0"sv;
  for (int round = 0; round != 2000; ++round) {
    const auto& of = common_table().keys()[random() % common_table().keys().size()];
    const auto text = random_text(random, alphabet, 8);
    auto variables = others;
    variables.emplace_back(common_table().variable(of), text);
    const auto read = load(std::nullopt, variables);
    ASSERT_LE(read.faults.size(), 1u) << of.name << " = " << testing::PrintToString(text);
    const auto now = get(of, read.values);
    if (!read.faults.empty()) {
      EXPECT_THAT(read.faults[0], testing::HasSubstr(of.name));
      EXPECT_EQ(now, get(of, usual.values)) << of.name << " = " << testing::PrintToString(text);
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
  std::string dotted = "a", spaced = "a", inner;
  while (dotted.size() < 900'000) dotted += ".a";
  while (spaced.size() < 900'000) spaced += " . \"\"";
  for (int i = 0; i < 100'000; ++i) inner += "{a=";
  for (const auto& text : {dotted + " = 1\n", spaced + " = 1\n", "[" + dotted + "]\nb = 1\n", "a = " + inner}) {
    const test::text_file deep(text);
    EXPECT_EQ(load(deep.path(), {}).faults.size(), 1u) << text.substr(0, 10);
  }
}

// What is told is bounded, whatever the file holds.
TEST(Malformed, FaultsAreBounded) {
  std::string many;
  for (int i = 0; many.size() < 1'000'000; ++i) many += "k" + std::to_string(i) + "=1\n";
  const test::text_file wrong(many), long_name("\"" + std::string(900'000, 'k') + "\" = 1\n");
  const auto faults = load(wrong.path(), {{"SUNDOWN_HTTP__" + std::string(100'000, 'X'), "1"}}).faults;
  EXPECT_EQ(faults.size(), 51u);
  EXPECT_THAT(faults.back(), testing::EndsWith(" more faults"));
  const auto named = load(long_name.path(), {{"SUNDOWN_HTTP__" + std::string(100'000, 'X'), "1"}}).faults;
  ASSERT_EQ(named.size(), 2u);
  for (const auto& each : named) EXPECT_LT(each.size(), 6000u);
}

// What editors of other systems leave in a file is no fault: a byte order mark, CRLF, no newline at the end.
TEST(Malformed, OtherSystemsFilesAreRead) {
  const test::text_file file("\xef\xbb\xbf[http]\r\nport = 9000\r\n[log]\r\nlevel = \"warn\"");
  const auto read = load(file.path(), {});
  EXPECT_THAT(read.faults, testing::IsEmpty());
  EXPECT_EQ(read.values.common.http.port, 9000);
  EXPECT_EQ(read.values.common.log.level, log::level::warn);
  const test::text_file utf16("\xff\xfe[\0h\0]\0"sv);
  EXPECT_EQ(load(utf16.path(), {}).faults.size(), 1u);
}

// Numbers that are none or don't fit are refused in every spelling.
TEST(Malformed, NumbersOutOfRangeAreRefused) {
  for (const auto* key : {"http.port", "http.body_limit", "shutdown.total", "storage.cache.capacity"}) {
    for (const auto* number : {"nan", "inf", "-inf", "1e300", "9223372036854775807", "-9223372036854775808",
                               "9223372036854775808", "0x7fffffffffffffff", "1.0", "-1", "\"9223372036854775807GiB\"",
                               "\"18446744073709551616\"", "\"9223372036854775807h\"", "\"-1s\"", "\"nans\""}) {
      const test::text_file file(std::string(key) + " = " + number + "\n");
      EXPECT_EQ(load(file.path(), {}).faults.size(), 1u) << key << " = " << number;
    }
  }
}

}  // namespace
}  // namespace sundown::configuration
