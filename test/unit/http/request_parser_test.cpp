// The parser without a socket: what it makes of bytes never depends on how they were cut into packets.
#include "http/request_parser.hpp"
#include "http/exchange.hpp"
#include "http/target.hpp"
#include "support/random.hpp"
#include "support/sample_requests.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::http::detail {
namespace {

using test::mutated;
using test::random_source;

constexpr std::uint32_t header_limit = 512;

/// Feeds the bytes as the session does, in pieces that end at `cuts` (ascending), and tells all there is to see.
std::string parse(const std::string& bytes, std::vector<std::size_t> cuts = {}) {
  using verdict = request_parser::verdict;
  cuts.push_back(bytes.size());
  request_parser parser(header_limit);
  parser.body_limit(1000U);
  std::size_t taken = 0;
  for (const auto end : cuts) {
    while (taken < end && !parser.is_done()) {
      parser.base(bytes.data());
      const auto [n, how] = parser.put(std::string_view(bytes).substr(taken, end - taken));
      taken += n;
      if (how == verdict::need_more) break;
      if (how == verdict::refused) {
        // The method, too: the answer to HEAD has no body.
        return "refused: " + std::to_string(static_cast<int>(parser.fault())) + ' ' + std::string(parser.method_name());
      }
    }
  }
  if (!parser.head_done()) return "no head yet";
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
    std::string("PUT http://a/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n") +
        "5;x=\"y\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n",
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

// Nor does a mutation of one, valid or not, read differently when it is cut at random places: it is the same request,
// or refused for the same reason, or incomplete, each way.
TEST(RequestParser, RandomMutationsAtRandomCuts) {
  random_source random(20'250'101);
  for (auto left = random_source::rounds(20'000); left > 0; --left) {
    const auto bytes = mutated(left % 2 == 0 ? random.one_of(valid) : random.one_of(test::good_requests).bytes, random);
    const auto whole = parse(bytes);
    const auto cuts = random.cuts(bytes.size(), 3);
    ASSERT_EQ(parse(bytes, cuts), whole) << testing::PrintToString(bytes) << testing::PrintToString(cuts);
  }
}

/// The fault of these bytes, the same however they are cut.
parse_fault fault_of(const std::string& bytes, std::uint32_t limit) {
  std::optional<parse_fault> seen;
  for (const std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
    request_parser parser(limit);
    auto how = request_parser::verdict::need_more;
    for (std::size_t taken = 0, end = step; how != request_parser::verdict::refused; end += step) {
      parser.base(bytes.data());
      for (how = request_parser::verdict::head; how == request_parser::verdict::head && taken < end;) {
        const auto got = parser.put(std::string_view(bytes).substr(taken, end - taken));
        taken += got.taken;
        how = got.how;
      }
      if (end >= bytes.size()) break;
    }
    if (seen) {
      EXPECT_EQ(parser.fault(), *seen) << testing::PrintToString(bytes) << step;
    }
    seen = parser.fault();
  }
  return *seen;
}

// A request line over the limit: a method longer than any that is known is refused for that, a target because it is
// too long (RFC 9112 §3), whatever part of the version has come; else it is no request line. One that just fits leaves
// no room for fields.
TEST(RequestParser, RequestLinesAboutTheLimit) {
  constexpr std::uint32_t limit = 64;
  const auto line = [](std::string method, std::size_t size, std::string end = " HTTP/1.1\r\n") {
    method += " /";
    return method + std::string(size - method.size() - end.size(), 't') + end;
  };
  const std::string rest = "Host: a\r\n\r\n";
  for (const auto* version : {" HTTP/1.1\r\n", " HTTP/1.0\r\n", " HTTP/2.0\r\n", " HTTP/9.9\r\n"}) {
    for (std::size_t over = 1; over <= 30; ++over) {
      EXPECT_EQ(fault_of(line("GET", limit + over, version) + rest, limit), parse_fault::target_too_long) << over;
    }
  }
  for (std::size_t under = 0; under <= 1; ++under) {
    EXPECT_EQ(fault_of(line("GET", limit - under) + rest, limit), parse_fault::fields_too_large) << under;
  }
  for (const auto* tail :
       {" HTTP/1.1 \r\n", " HTTX/1.1\r\n", " http/1.1\r\n", " HTTP/11\r\n", " x y\r\n", "  HTTP/1.1\r\n"}) {
    EXPECT_EQ(fault_of(line("GET", limit + 1, tail) + rest, limit), parse_fault::request_line) << tail;
  }
  const std::string version = " /" + std::string(limit, 't') + " HTTP/1.1\r\n" + rest;
  EXPECT_EQ(fault_of("UNSUBSCRIBE" + version, limit), parse_fault::target_too_long);
  for (const std::size_t size : {std::size_t{12}, limit - 3ul, limit - 2ul, limit - 1ul, limit + 0ul, limit + 1ul}) {
    EXPECT_EQ(fault_of(std::string(size, 'M') + version, limit), parse_fault::method_too_long) << size;
  }
  for (int known = 1; known <= static_cast<int>(beast::http::verb::unlink); ++known) {
    const std::string method(beast::http::to_string(static_cast<beast::http::verb>(known)));
    EXPECT_EQ(fault_of(method + version, limit), parse_fault::target_too_long) << method;
  }
}

struct reading {
  bool complete = false;
  std::size_t size = 0;
  std::string method, host, body;
};

reading read_here(const std::string& bytes) {
  request_parser parser(header_limit);
  parser.body_limit(1000U);
  parser.base(bytes.data());
  std::size_t taken = 0;
  while (taken < bytes.size() && !parser.is_done()) {
    const auto [n, how] = parser.put(std::string_view(bytes).substr(taken));
    taken += n;
    if (how == request_parser::verdict::refused || how == request_parser::verdict::need_more) return {};
  }
  if (!parser.is_done()) return {};
  return {true, taken, std::string(parser.method_name()), std::string(parser.field(beast::http::field::host)),
          parser.body()};
}

/// The end of the request line.
std::string_view version_of(std::string_view bytes) {
  bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  const auto line = bytes.substr(0, bytes.find_first_of("\r\n"));
  return line.substr(line.rfind(' ') + 1);
}

/// Beast refuses trailers that speak of framing, which are dropped here.
bool is_about_a_trailer(const boost::system::error_code& ec) {
  return ec == beast::http::error::bad_content_length || ec == beast::http::error::bad_transfer_encoding;
}

// Another reader as a witness: what is taken for a request here, Beast's parser takes for the same, with its end at the
// same byte. Left out: minor versions above 1, which Beast refuses.
TEST(RequestParser, ReadsAsBeastDoes) {
  random_source random(1'234);
  std::size_t compared = 0;
  for (auto left = random_source::rounds(20'000); left > 0; --left) {
    const auto bytes = mutated(left % 2 == 0 ? random.one_of(valid) : random.one_of(test::good_requests).bytes, random);
    const auto here = read_here(bytes);
    const auto version = version_of(bytes);
    if (!here.complete || (version != "HTTP/1.0" && version != "HTTP/1.1")) continue;
    beast::http::request_parser<beast::http::string_body> parser;
    parser.header_limit(header_limit);
    parser.body_limit(1000U);
    std::size_t taken = 0;
    boost::system::error_code ec;
    while (!ec && !parser.is_done()) taken += parser.put(boost::asio::buffer(bytes) + taken, ec);
    if (is_about_a_trailer(ec) && parser.is_header_done()) continue;
    ASSERT_TRUE(parser.is_done()) << testing::PrintToString(bytes) << ec.message();
    ++compared;
    EXPECT_EQ(taken, here.size) << testing::PrintToString(bytes);
    EXPECT_EQ(parser.get().method_string(), here.method);
    EXPECT_EQ(parser.get()["Host"], here.host);
    EXPECT_EQ(parser.get().body(), here.body);
  }
  EXPECT_GT(compared, 1000U);
}

// The fields stay readable when the buffer has moved, as long as the parser is told.
TEST(RequestParser, BufferMoves) {
  const std::string request = "GET /path HTTP/1.1\r\nHost: example\r\n\r\n";
  std::string first = request.substr(0, 12);
  request_parser parser(header_limit);
  parser.base(first.data());
  EXPECT_EQ(parser.put(first).taken, 0U);
  auto second = std::make_unique<char[]>(request.size());
  std::memcpy(second.get(), request.data(), request.size());
  parser.base(second.get());
  parser.put({second.get(), request.size()});
  auto third = std::make_unique<char[]>(request.size());
  std::memcpy(third.get(), second.get(), request.size());
  second.reset();
  parser.base(third.get());
  EXPECT_EQ(parser.target(), "/path");
  EXPECT_EQ(parser.field(beast::http::field::host), "example");
  EXPECT_EQ(parser.field("hOsT"), "example");
}

// RFC 3986 §6.2.2: of the ways to write one path, one; what is reserved stays encoded.
TEST(NormalPath, Table) {
  EXPECT_EQ(normal_path("/a%2Db%5f%7e%2E/%41%7A%30"), "/a-b_~./Az0");
  EXPECT_EQ(normal_path("/%2f%3f%25%20%c3%A9"), "/%2F%3F%25%20%C3%A9");
  EXPECT_EQ(normal_path("/%2541"), "/%2541");
  EXPECT_EQ(normal_path("/%"), "/%");
  EXPECT_EQ(normal_path("/a/../b"), "/a/../b");
}

// RFC 9112 §3.2: which part of a target is the path and the query, if it is a target at all.
TEST(PathAndQuery, Forms) {
  using verb = beast::http::verb;
  for (const auto& [target, rest] : {std::pair{"/a?b", "/a?b"},
                                     {"//a", "//a"},
                                     {"http://a", ""},
                                     {"HTTPS://a:1/b?c", "/b?c"},
                                     {"http://[::1]?c", "?c"},
                                     {"http://a%41:/b", "/b"}}) {
    EXPECT_EQ(path_and_query(verb::get, target), rest) << target;
  }
  for (const auto* target : {"a", "*", "a:80", "?b", "http:/a", "http://", "http:///a", "http://:80/a", "http://u@a/b",
                             "http://u:p@a/b", "http://a:b/", "http://a:65536/", "http://[::1/", "ftp://a/"}) {
    EXPECT_EQ(path_and_query(verb::get, target), std::nullopt) << target;
  }
  EXPECT_EQ(path_and_query(verb::options, "*"), "*");
  EXPECT_EQ(path_and_query(verb::connect, "a:80"), "a:80");
}

// `{name}` is the segment at its place, whatever the others look like; an unknown name is empty.
TEST(PathParam, BySegment) {
  EXPECT_EQ(path_param("/v1/parts/{id}", "/v1/parts/7", "id"), "7");
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
