// The parser without a socket: what it makes of bytes never depends on how they were cut into packets.
#include "http/request_parser.hpp"
#include "http/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace sundown::http::detail {
namespace {

constexpr std::uint32_t header_limit = 512;

/// Feeds the bytes as the session does, in pieces that end at `cuts` (ascending), and tells all there is to see.
std::string parse(const std::string& bytes, std::vector<std::size_t> cuts = {}) {
  cuts.push_back(bytes.size());
  request_parser parser(header_limit);
  parser.body_limit(1000U);
  std::size_t taken = 0;
  error_code ec;
  for (const auto end : cuts) {
    while (taken < end && !parser.is_done()) {
      parser.base(bytes.data());
      const auto n = parser.put(boost::asio::const_buffer(bytes.data() + taken, end - taken), ec);
      taken += n;
      if (ec == beast::http::error::need_more) break;
      if (ec) return "refused: " + std::to_string(static_cast<int>(parser.fault())) + " " + ec.message();
    }
  }
  if (!parser.is_header_done()) return "no head yet";
  std::ostringstream seen;
  seen << parser.method_name() << '|' << parser.target() << '|' << parser.version() << '|' << parser.keep_alive()
       << '|';
  parser.for_each_field([&](std::string_view name, std::string_view value) { seen << name << '=' << value << ';'; });
  seen << '|' << parser.body() << '|' << parser.is_done() << '|' << (parser.is_done() ? taken : 0);
  return seen.str();
}

const std::string valid[] = {
    "GET /path?q=%20 HTTP/1.1\r\nHost: example\r\nX-Empty:\r\nAccept: */*\r\n\r\nGET /next",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nContent-Type: text/plain\r\n\r\nhello world",
    "PUT http://a/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
    "chunked\r\n\r\n5;x=\"y\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n",
    "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
};

// Every valid request, cut at every place into two, and into single bytes, reads the same.
TEST(RequestParser, EveryCut) {
  for (const auto& request : valid) {
    const auto whole = parse(request);
    std::vector<std::size_t> every;
    for (std::size_t at = 1; at < request.size(); ++at) {
      EXPECT_EQ(parse(request, {at}), whole) << request.substr(0, at);
      every.push_back(at);
    }
    EXPECT_EQ(parse(request, every), whole);
  }
}

/// One to four bytes changed, inserted, removed, or a piece repeated: most stay nearly valid, which is where two
/// readings would differ.
std::string mutated(std::string bytes, std::mt19937& random) {
  static constexpr char odd[] = "\r\n\t :;,0159afF%/*?#\"-+\0\v\x7f\xff";
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  for (auto left = below(4) + 1; left > 0 && !bytes.empty(); --left) {
    const auto at = below(bytes.size());
    const char one = odd[below(sizeof odd - 1)];
    switch (below(4)) {
      case 0:
        bytes[at] = one;
        break;
      case 1:
        bytes.insert(at, 1, one);
        break;
      case 2:
        bytes.erase(at, 1 + below(3));
        break;
      default:
        bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(30)));
        break;
    }
  }
  return bytes;
}

// Nor does a mutation of one, valid or not, read differently when it is cut at random places: it is the same request,
// or refused, or incomplete, each way.
TEST(RequestParser, RandomMutationsAtRandomCuts) {
  std::mt19937 random(20'250'101);  // fixed: a failure can be run again
  for (int i = 0; i < 20'000; ++i) {
    const auto bytes = mutated(valid[static_cast<std::size_t>(i) % std::size(valid)], random);
    const auto whole = parse(bytes);
    std::vector<std::size_t> cuts;
    for (int n = 0; n < 3; ++n) cuts.push_back(std::uniform_int_distribution<std::size_t>(0, bytes.size())(random));
    std::sort(cuts.begin(), cuts.end());
    const auto pieces = parse(bytes, cuts);
    const bool both_refused = pieces.starts_with("refused") && whole.starts_with("refused");
    ASSERT_TRUE(both_refused || pieces == whole)
        << testing::PrintToString(bytes) << "\nwhole: " << whole << "\npieces: " << pieces;
  }
}

// The fields stay readable when the buffer has moved, as long as the parser is told.
TEST(RequestParser, BufferMoves) {
  const std::string request = "GET /path HTTP/1.1\r\nHost: example\r\n\r\n";
  std::string first = request.substr(0, 12);
  request_parser parser(header_limit);
  parser.base(first.data());
  error_code ec;
  EXPECT_EQ(parser.put(boost::asio::buffer(first), ec), 0U);
  auto second = std::make_unique<char[]>(request.size());
  std::memcpy(second.get(), request.data(), request.size());
  parser.base(second.get());
  parser.put(boost::asio::buffer(second.get(), request.size()), ec);
  auto third = std::make_unique<char[]>(request.size());
  std::memcpy(third.get(), second.get(), request.size());
  second.reset();
  parser.base(third.get());
  EXPECT_EQ(parser.target(), "/path");
  EXPECT_EQ(parser.field(beast::http::field::host), "example");
  EXPECT_EQ(parser.field("hOsT"), "example");
}

// `{name}` is the segment at its place, whatever the others look like; an unknown name is empty.
TEST(PathParam, BySegment) {
  EXPECT_EQ(path_param("/v1/notes/{id}", "/v1/notes/7", "id"), "7");
  EXPECT_EQ(path_param("/{a}/{b}", "/one/two", "b"), "two");
  EXPECT_EQ(path_param("/{ab}/{a}", "/one/two", "a"), "two");
  EXPECT_EQ(path_param("/{a}", "/one", "b"), "");
}

// Percent-decoding is done once, keeps every other byte, and makes '+' a space only in a form.
TEST(PercentDecoded, Once) {
  EXPECT_EQ(percent_decoded("a%2Bb+%252F", false), "a+b+%2F");
  EXPECT_EQ(percent_decoded("a%2Bb+%252F", true), "a+b %2F");
  EXPECT_EQ(percent_decoded("%00%ff", false), std::string("\0\xff", 2));
  EXPECT_EQ(percent_decoded("%41", false), "A");
}

}  // namespace
}  // namespace sundown::http::detail
