#include "log/line.hpp"

#include "log/json_escape.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <limits>
#include <random>

namespace sundown::log {
namespace {

using namespace std::chrono_literals;

const auto moment = std::chrono::system_clock::time_point(1'795'347'191'123ms);  // 2026-11-22T11:33:11.123Z

std::string text(level at, std::string_view message, fields more = {}) {
  return line(format::text, moment, at, message, more);
}
std::string json(level at, std::string_view message, fields more = {}) {
  return line(format::json, moment, at, message, more);
}

std::string json_string(std::string_view value) {
  std::string out;
  append_json_string(out, value);
  return out;
}

// Text is for people: time, level, message, then fields, quoted only where needed.
TEST(Line, Text) {
  EXPECT_EQ(text(level::info, "ready"), "2026-11-22T11:33:11.123Z info  ready\n");
  EXPECT_EQ(text(level::error, "no", {{"a", 1}, {"b", "x y"}, {"c", true}, {"d", 1500ms}, {"e", ""}, {"f", "a=b"}}),
            "2026-11-22T11:33:11.123Z error no  a=1 b=\"x y\" c=true d=1.500 e=\"\" f=\"a=b\"\n");
}

// JSON lines have the same content as one object.
TEST(Line, Json) {
  EXPECT_EQ(json(level::warn, "say \"hi\"", {{"a", -1}, {"b", 2u}, {"c", false}, {"d", 250us}, {"e", 0.5}, {"f", "g"}}),
            "{\"time\":\"2026-11-22T11:33:11.123Z\",\"level\":\"warn\",\"message\":\"say \\\"hi\\\"\","
            "\"a\":-1,\"b\":2,\"c\":false,\"d\":0.000,\"e\":0.5,\"f\":\"g\"}\n");
}

// Numbers are written so that a person and a JSON parser can read them.
TEST(Line, Numbers) {
  const auto number = [](double v) {
    std::string out;
    append_json_number(out, v);
    return out;
  };
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(100000), "100000");
  EXPECT_EQ(number(-2.5), "-2.5");
  EXPECT_EQ(number(1e300), "1e+300");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(text(level::info, "x", {{"s", -1ns}, {"t", 1.2344s}, {"u", 90min}}),
            "2026-11-22T11:33:11.123Z info  x  s=0.000 t=1.234 u=5400.000\n");
  EXPECT_EQ(text(level::info, "x",
                 {{"i", std::numeric_limits<std::int64_t>::min()}, {"u", std::numeric_limits<std::uint64_t>::max()}}),
            "2026-11-22T11:33:11.123Z info  x  i=-9223372036854775808 u=18446744073709551615\n");
}

// A string is escaped as JSON, and so that no terminal acts on it; what is no UTF-8 is replaced.
TEST(Line, Escapes) {
  EXPECT_EQ(json_string("a\n\r\t\b\f\x01\x1f\x7f\"\\/"), R"("a\n\r\t\b\f\u0001\u001f\u007f\"\\/")");
  EXPECT_EQ(json_string("caf\xc3\xa9 \xf0\x9f\x8c\x87"), "\"caf\xc3\xa9 \xf0\x9f\x8c\x87\"");
  EXPECT_EQ(json_string("\xc2\x9b\xe2\x80\xa8"), R"("\u009b\u2028")");
  EXPECT_EQ(json_string(std::string_view("\0", 1)), R"("\u0000")");
  // Cut, overlong, a surrogate, beyond Unicode: one replacement for each byte.
  const std::pair<std::string_view, std::size_t> broken[] = {
      {"\xff", 1}, {"\xc3", 1}, {"\xc0\x80", 2}, {"\xed\xa0\x80", 3}, {"\xf4\x90\x80\x80", 4}};
  for (const auto& [bytes, replacements] : broken) {
    std::string expected = "\"a";
    for (std::size_t i = 0; i != replacements; ++i) expected += "\xef\xbf\xbd";
    expected += '"';
    EXPECT_EQ(json_string(std::string("a").append(bytes)), expected);
  }
}

std::string utf8(std::uint32_t value) {
  std::string out;
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (value < 0x80) return put(value), out;
  if (value >= 0x10000) {
    put(0xf0 | value >> 18);
    put(0x80 | (value >> 12 & 0x3f));
  } else if (value >= 0x800) {
    put(0xe0 | value >> 12);
  } else {
    return put(0xc0 | value >> 6), put(0x80 | (value & 0x3f)), out;
  }
  put(0x80 | (value >> 6 & 0x3f));
  put(0x80 | (value & 0x3f));
  return out;
}

// What hides, reorders or breaks the text around it is escaped, its neighbours are left as they are: bidirectional
// controls, zero-width characters, marks of byte order, separators, tags, variation selectors, non-characters.
TEST(Line, EscapesWhatIsNotSeen) {
  const struct {
    std::uint32_t first, last;
    bool escaped;
  } table[] = {
      {0x00, 0x1f, true},        {0x20, 0x21, false},        {0x7f, 0x9f, true},       {0xa0, 0xac, false},
      {0xad, 0xad, true},        {0xae, 0x34e, false},       {0x34f, 0x34f, true},     {0x600, 0x605, true},
      {0x606, 0x61b, false},     {0x61c, 0x61c, true},       {0x115f, 0x1160, true},   {0x180b, 0x180f, true},
      {0x2010, 0x2027, false},   {0x200b, 0x200f, true},     {0x2028, 0x202e, true},   {0x202f, 0x205f, false},
      {0x2060, 0x206f, true},    {0x2070, 0x3163, false},    {0x3164, 0x3164, true},   {0x4e00, 0x9fff, false},
      {0xfdd0, 0xfdef, true},    {0xfe00, 0xfe0f, true},     {0xfe10, 0xfefe, false},  {0xfeff, 0xfeff, true},
      {0xfff0, 0xfffb, true},    {0xfffc, 0xfffd, false},    {0xfffe, 0xffff, true},   {0x110bd, 0x110bd, true},
      {0x1d173, 0x1d17a, true},  {0x1f300, 0x1faff, false},  {0xdfffe, 0xe0fff, true}, {0xe1000, 0xe1001, false},
      {0xf0000, 0xf0000, false}, {0x10fffe, 0x10ffff, true},
  };
  for (const auto& [first, last, escaped] : table) {
    for (auto value = first; value <= last; ++value) {
      const auto text = utf8(value);
      if (value == '"' || value == '\\') continue;
      const bool raw = json_string(text).find(text) != std::string::npos;
      ASSERT_EQ(!raw, escaped) << std::hex << value;
      ASSERT_EQ(one_line(text) != text, escaped) << std::hex << value;
      // Nothing is lost: a reader of the JSON has it again.
      ASSERT_EQ(boost::json::parse(json_string(text)).as_string(), text) << std::hex << value;
    }
  }
  EXPECT_EQ(json_string("a\xe2\x80\xae"
                        "b\xf3\xa0\x81\x81"),
            R"("a\u202eb\udb40\udc41")");
  EXPECT_EQ(one_line("a\xe2\x80\xae"
                     "b\xf3\xa0\x81\x81"),
            R"(a\u202eb\U000e0041)");
}

// No way into a line leaves it raw: message, key, value, in both formats.
TEST(Line, EscapesEverywhere) {
  const std::string hidden = "\xe2\x80\xae\xe2\x80\x8b\xf3\xa0\x81\x81";
  const std::string key = 'k' + hidden;
  for (const auto& each : {text(level::info, hidden, {{key, hidden}}), json(level::info, hidden, {{key, hidden}})})
    for (const char c : each) ASSERT_TRUE(c == '\n' || (c >= ' ' && c < '\x7f')) << each;
}

// plain() finds any odd byte at any place, whatever the length: it looks at eight at a time.
TEST(Line, PlainSeesEveryByte) {
  EXPECT_TRUE(plain(""));
  for (std::size_t length = 1; length != 30; ++length) {
    for (std::size_t at = 0; at != length; ++at) {
      for (int byte = 0; byte != 256; ++byte) {
        std::string value(length, '~');
        value[at] = static_cast<char>(byte);
        const bool expected = byte > ' ' && byte < 0x7f && byte != '"' && byte != '\\';
        ASSERT_EQ(plain(value), expected) << length << ' ' << at << ' ' << byte;
      }
    }
  }
}

// No input makes a second line or leaves a line that can't be read: messages, keys and values of random bytes.
TEST(Line, CannotBeForged) {
  std::mt19937 random(3);
  const auto bytes = [&random] {
    std::string out(random() % 24, '\0');
    for (auto& c : out) c = random() % 2 ? static_cast<char>(random()) : "\n\r\"\\ =\x1b{}"[random() % 9];
    return out;
  };
  for (int round = 0; round != 2000; ++round) {
    const auto message = bytes(), value = bytes();
    std::string key(1, 'k');
    key += bytes();
    const auto as_json = json(level::info, message, {{key, value}});
    boost::system::error_code fault;
    const auto object = boost::json::parse(as_json, fault);
    ASSERT_FALSE(fault) << as_json;
    ASSERT_EQ(object.as_object().size(), 4u) << as_json;
    for (const auto& rendered : {as_json, text(level::info, message, {{key, value}})}) {
      ASSERT_EQ(rendered.find('\n'), rendered.size() - 1) << rendered;
      for (const char c : rendered.substr(0, rendered.size() - 1))
        ASSERT_TRUE(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
    }
  }
}

// The time is UTC, also before 1970 and over the cached second's edge.
TEST(Line, Time) {
  time_text clock;
  EXPECT_EQ(clock.at(moment), "2026-11-22T11:33:11.123Z");
  EXPECT_EQ(clock.at(moment + 876ms), "2026-11-22T11:33:11.999Z");
  EXPECT_EQ(clock.at(moment + 877ms), "2026-11-22T11:33:12.000Z");
  EXPECT_EQ(clock.at(std::chrono::system_clock::time_point(-1ms)), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(clock.at(std::chrono::system_clock::time_point(951782400s)), "2000-02-29T00:00:00.000Z");
}

// A level's name reads back.
TEST(Line, LevelNames) {
  for (const auto each : {level::trace, level::debug, level::info, level::warn, level::error, level::off})
    EXPECT_EQ(parse_level(to_string(each)), each);
  EXPECT_EQ(parse_level("INFO"), std::nullopt);
  EXPECT_EQ(parse_format(to_string(format::json)), format::json);
}

}  // namespace
}  // namespace sundown::log
