// Requests whose end two parsers could see in different places: refused, and nothing behind them is ever answered.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

namespace sundown::test {
namespace {

using namespace std::string_literals;

struct shape {
  const char* name;
  std::string request;
  int status = 400;
};
void PrintTo(const shape& one, std::ostream* out) { *out << one.name; }

/// The fields of a POST to a route that answers 200, and what follows its head.
std::string posted(std::string_view fields, std::string_view body = "5\r\nabcde\r\n0\r\n\r\n",
                   std::string_view version = "1.1") {
  return "POST /echo HTTP/" + std::string(version) + "\r\nHost: a\r\n" + std::string(fields) + "\r\n" +
         std::string(body);
}

class Smuggling : public testing::TestWithParam<shape> {
 public:
  static void SetUpTestSuite() { app = std::make_unique<serving>(basic_routes); }
  static void TearDownTestSuite() { app.reset(); }

 protected:
  static inline std::unique_ptr<serving> app;
};

// Each is refused with its status and `Connection: close`; the request that follows it in the same packet is not
// answered, and the connection ends in order.
TEST_P(Smuggling, IsRefused) {
  auto client = app->send(GetParam().request + get("/hello"));
  const auto answer = client.read_response();
  ASSERT_EQ(answer.status, GetParam().status) << answer.describe() << "\n" << answer.body;
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_EQ(client.received(), "");
}

const shape lengths[] = {
    {"LengthThenCoding", posted("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")},
    {"CodingThenLength", posted("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")},
    {"TwoLengthsAlike", posted("Content-Length: 5\r\nContent-Length: 5\r\n", "abcde")},
    {"TwoLengthsApart", posted("Content-Length: 5\r\nContent-Length: 6\r\n", "abcde")},
    {"LengthList", posted("Content-Length: 5, 5\r\n", "abcde")},
    {"LengthPlus", posted("Content-Length: +5\r\n", "abcde")},
    {"LengthMinus", posted("Content-Length: -5\r\n", "abcde")},
    {"LengthInnerSpace", posted("Content-Length: 0 5\r\n", "abcde")},
    {"LengthHex", posted("Content-Length: 0x5\r\n", "abcde")},
    {"LengthEmpty", posted("Content-Length:\r\n", "abcde")},
    {"LengthOverflow", posted("Content-Length: 18446744073709551621\r\n", "abcde")},
    {"LengthInQuotes", posted("Content-Length: \"5\"\r\n", "abcde")},
};

const shape codings[] = {
    {"CodingTwiceInAList", posted("Transfer-Encoding: chunked, chunked\r\n")},
    {"CodingTwice", posted("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
    {"CodingGzipChunked", posted("Transfer-Encoding: gzip, chunked\r\n"), 501},
    {"CodingGzipThenChunked", posted("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"), 501},
    {"CodingChunkedIdentity", posted("Transfer-Encoding: chunked, identity\r\n")},
    {"CodingIdentity", posted("Transfer-Encoding: identity\r\n")},
    {"CodingUnknown", posted("Transfer-Encoding: xchunked\r\n")},
    {"CodingInQuotes", posted("Transfer-Encoding: \"chunked\"\r\n")},
    {"CodingEmpty", posted("Transfer-Encoding:\r\n")},
    {"CodingVerticalTab", posted("Transfer-Encoding: \vchunked\r\n")},
    {"CodingInHttp10", posted("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "1.0")},
};

const shape lines[] = {
    {"SpaceBeforeColon", posted("Content-Length : 5\r\n", "abcde")},
    {"TabBeforeColon", posted("Transfer-Encoding\t: chunked\r\n")},
    {"SpaceBeforeName", "GET /hello HTTP/1.1\r\n Host: a\r\n\r\n"},
    {"Folded", posted("X-A: one\r\n two\r\nContent-Length: 5\r\n", "abcde")},
    {"FoldedFromTheStart", posted("X-A:\r\n Content-Length: 5\r\n")},
    {"FoldedLength", posted("Content-Length:\r\n 5\r\n", "abcde")},
    {"FoldedCoding", posted("Transfer-Encoding:\r\n\tchunked\r\n")},
    {"FoldedNothing", posted("X-A:\r\n \r\nContent-Length: 5\r\n", "abcde")},
    {"FoldedCodingAtItsEnd", posted("Transfer-Encoding: chunked\r\n \r\n")},
    {"BareLfInTheRequestLine", "GET /hello HTTP/1.1\nHost: a\n\n"},
    {"BareLfAfterAField", "GET /hello HTTP/1.1\r\nHost: a\nX-A: 1\r\n\r\n"},
    {"BareLfAtTheEnd", "GET /hello HTTP/1.1\r\nHost: a\r\n\n"},
    {"BareCrInAValue", "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: 1\rX-B: 2\r\n\r\n"},
    {"NulInAValue", "GET /hello HTTP/1.1\r\nHost: a\r\nX-A: 1\0002\r\n\r\n"s},
    {"NulInAName", "GET /hello HTTP/1.1\r\nHost: a\r\nX\0A: 1\r\n\r\n"s},
    {"NulInTheTarget", "GET /hel\0lo HTTP/1.1\r\nHost: a\r\n\r\n"s},
    {"NoColon", "GET /hello HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n"},
    {"NoName", "GET /hello HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n"},
    {"NoHost", "GET /hello HTTP/1.1\r\n\r\n"},
    {"TwoHosts", "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
    {"TwoSpaces", "GET  /hello HTTP/1.1\r\nHost: a\r\n\r\n"},
};

std::string chunks(std::string_view body) { return posted("Transfer-Encoding: chunked\r\n", body); }

const shape chunk_shapes[] = {
    {"ChunkSizeNegative", chunks("-5\r\nabcde\r\n0\r\n\r\n")},
    {"ChunkSizePlus", chunks("+5\r\nabcde\r\n0\r\n\r\n")},
    {"ChunkSizeHexPrefix", chunks("0x5\r\nabcde\r\n0\r\n\r\n")},
    {"ChunkSizeOverflow", chunks("10000000000000005\r\nabcde\r\n0\r\n\r\n")},
    {"ChunkSizeEmpty", chunks("\r\nabcde\r\n0\r\n\r\n")},
    {"ChunkSizeSpaceFirst", chunks(" 5\r\nabcde\r\n0\r\n\r\n")},
    {"ChunkSizeBareLf", chunks("5\nabcde\r\n0\r\n\r\n")},
    {"ChunkWithoutEnd", chunks("5\r\nabcde0\r\n\r\n")},
    {"ChunkLongerThanSaid", chunks("4\r\nabcde\r\n0\r\n\r\n")},
    {"ChunkEndBareLf", chunks("5\r\nabcde\n0\r\n\r\n")},
    {"ChunkExtensionBareLf", chunks("5;a\nb\r\nabcde\r\n0\r\n\r\n")},
    {"ChunkExtensionBareCr", chunks("5;a=\rb\r\nabcde\r\n0\r\n\r\n")},
};

const auto name_of = [](const auto& one) { return std::string(one.param.name); };
INSTANTIATE_TEST_SUITE_P(Lengths, Smuggling, testing::ValuesIn(lengths), name_of);
INSTANTIATE_TEST_SUITE_P(Codings, Smuggling, testing::ValuesIn(codings), name_of);
INSTANTIATE_TEST_SUITE_P(Lines, Smuggling, testing::ValuesIn(lines), name_of);
INSTANTIATE_TEST_SUITE_P(Chunks, Smuggling, testing::ValuesIn(chunk_shapes), name_of);

// The same in an upload's chunks, which are parsed while the handler runs.
class UploadSmuggling : public Smuggling {};
TEST_P(UploadSmuggling, IsRefused) {
  auto request = GetParam().request;
  request.replace(request.find("/echo"), 5, "/upload");
  auto client = app->send(request + get("/hello"));
  const auto answer = client.read_response();
  ASSERT_EQ(answer.status, 400) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(client.read_until_end(), ending::fin);
  EXPECT_EQ(client.received(), "");
}
INSTANTIATE_TEST_SUITE_P(Chunks, UploadSmuggling, testing::ValuesIn(chunk_shapes), name_of);

}  // namespace
}  // namespace sundown::test
