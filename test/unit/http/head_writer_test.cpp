// The head of an answer, as bytes.
#include "http/head_writer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sundown::http::detail {
namespace {

/// The lines of the head that begin so.
std::vector<std::string> lines_with(std::string_view begin, const response& what) {
  std::string head;
  head_writer().append(head, what, {framing::kind::length, 0}, "id", false, 11);
  std::vector<std::string> found;
  for (std::size_t at = 0; at < head.size();) {
    const auto end = head.find("\r\n", at);
    if (head.compare(at, begin.size(), begin) == 0) found.push_back(head.substr(at, end - at));
    at = end + 2;
  }
  return found;
}

// A response has one Content-Type (RFC 9110 §5.3), the last that is given and valid, and none only if none is given.
TEST(HeadWriter, OneContentType) {
  struct row {
    response what;
    std::vector<std::string> written;
  };
  const std::string long_type = "image/" + std::string(1000, 'x');
  const row rows[] = {
      {{200, "a/b"}, {"Content-Type: a/b"}},
      {{200, {}}, {}},
      {{404, {}}, {}},
      {response{200, "a/b"}.with("X", "1"), {"Content-Type: a/b"}},
      {response{200, "a/b"}.with("Content-Type", "c/d"), {"Content-Type: c/d"}},
      {response{200, {}}.with("content-type", "c/d"), {"Content-Type: c/d"}},
      {response{200, std::string("a/b")}.with("Content-Type", "c/d"), {"Content-Type: c/d"}},
      {response{200, "a/b"}.with("Content-Type", "c/d").with("X", "1").with("CONTENT-TYPE", "e/f"),
       {"Content-Type: e/f"}},
      {response{200, "a/b"}.with("Content-Type", "c\r\nd"), {"Content-Type: a/b"}},
      {response{200, "a/b"}.with("Content-Type", "c/d").with("Content-Type", "e\nf"), {"Content-Type: c/d"}},
      {response{200, {}}.with("Content-Type", "e\nf"), {}},
      {response{200, {}, "", {{"Content-Type", long_type}}}, {"Content-Type: " + long_type}},
  };
  for (const auto& one : rows) EXPECT_EQ(lines_with("Content-Type", one.what), one.written);
  EXPECT_TRUE(lines_with("content-type", rows[5].what).empty());
}

// An Upgrade that is dropped brings no connection option with it (RFC 9110 §7.8).
TEST(HeadWriter, UpgradeAndItsOption) {
  const auto good = response{426, {}}.with("Upgrade", "websocket"), bad = response{426, {}}.with("Upgrade", "a\nb");
  EXPECT_EQ(lines_with("Connection", good), std::vector<std::string>{"Connection: Upgrade"});
  EXPECT_TRUE(lines_with("Connection", bad).empty());
}

}  // namespace
}  // namespace sundown::http::detail
