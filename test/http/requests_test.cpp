// Requests that are in order: how they may be written, and how they share a connection.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;

constexpr auto routes = [](http::router& to) {
  basic_routes(to);
  to.get("/about", [](const http::request& r) {
    return text(r.query("q").value_or("(none)") + "|" + std::string(r.path()) + "|" + std::string(r.header("x-a")));
  });
  to.get("/two/{a}/of/{b}", [](const http::request& r) { return text(r.param("a") + "," + r.param("b")); });
};

class Requests : public testing::Test {
 protected:
  serving app{routes};
  std::string body(std::string_view target) { return app.ask(get(target)).body; }
};

// An HTTP/1.1 connection serves one request after the other, without a word of Connection, until one asks for the end.
TEST_F(Requests, KeepAliveUntilClose) {
  auto client = app.connect();
  for (int i = 0; i < 3; ++i) {
    client.send(get("/hello"));
    const auto answer = client.read_response();
    EXPECT_EQ(answer.body, "Hello, World!");
    EXPECT_EQ(answer.field("connection"), std::nullopt);
  }
  client.send(get("/hello", "Connection: close\r\n"));
  EXPECT_TRUE(client.read_response().says_close());
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// HTTP/1.0 ends with its answer, unless the client asks to keep the connection and is told so.
TEST_F(Requests, Http10) {
  auto plain = app.send("GET /hello HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(plain.read_response().says_close());
  EXPECT_EQ(plain.read_until_end(), ending::fin);

  auto kept = app.connect();
  for (int i = 0; i < 2; ++i) {
    kept.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto answer = kept.read_response();
    EXPECT_TRUE(answer.whole());
    EXPECT_EQ(answer.field("connection"), "keep-alive");
  }
}

// A stream to an HTTP/1.0 client has no chunks: the connection's end is its end, even if it asked to keep it.
TEST_F(Requests, Http10Stream) {
  auto client = app.send("GET /three HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(answer.field("transfer-encoding"), std::nullopt);
  EXPECT_EQ(answer.body, "one two three");
  EXPECT_EQ(answer.end, ending::fin);
}

// HEAD has the head of GET and no body, of plain answers as of streams; the next answer follows at once.
TEST_F(Requests, Head) {
  auto client =
      app.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nHEAD /three HTTP/1.1\r\nHost: a\r\n\r\n" + get("/hello"));
  const auto plain = client.read_response(ample, true);
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(plain.field("content-length"), "13");
  const auto stream = client.read_response(ample, true);
  EXPECT_EQ(stream.status, 200);
  EXPECT_EQ(stream.field("transfer-encoding"), "chunked");
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// OPTIONS is answered from the table, for one address and for the server.
TEST_F(Requests, Options) {
  const auto one = app.ask("OPTIONS /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(one.status, 204);
  EXPECT_EQ(one.field("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(one.field("content-length"), std::nullopt);
  EXPECT_EQ(app.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status, 204);
  EXPECT_EQ(app.ask("GET * HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
}

// The absolute form means the same path and query, whatever its scheme's case, with or without a path.
TEST_F(Requests, AbsoluteForm) {
  EXPECT_EQ(body("http://elsewhere:80/about?q=1"), "1|/about|");
  EXPECT_EQ(body("https://elsewhere/about"), "(none)|/about|");
  EXPECT_EQ(body("HTTP://elsewhere/about"), "(none)|/about|");
  EXPECT_EQ(app.ask(get("http://elsewhere")).status, 404) << "this is /, which has no handler here";
  EXPECT_EQ(app.ask(get("http://elsewhere?q=/about")).status, 404) << "a query is no path";
}

// "close" wins over "keep-alive" in either version, wherever among the lines of Connection it stands (RFC 9112 §9.3).
TEST_F(Requests, CloseWins) {
  for (const auto* version : {"1.0", "1.1"}) {
    for (const auto* fields : {"Connection: keep-alive, close\r\n", "Connection: Close, keep-alive\r\n",
                               "Connection: keep-alive\r\nConnection: x\r\nconnection: , close\r\n"}) {
      auto client = app.send("GET /hello HTTP/" + std::string(version) + "\r\nHost: a\r\n" + fields + "\r\n");
      EXPECT_TRUE(client.read_response().says_close()) << version << fields;
      EXPECT_EQ(client.read_until_end(), ending::fin);
    }
  }
  auto kept = app.send("GET /hello HTTP/1.0\r\nConnection: x\r\nConnection: Keep-Alive\r\n\r\n" + get("/hello"));
  EXPECT_EQ(kept.read_response().field("connection"), "keep-alive");
  EXPECT_EQ(kept.read_response().status, 200);
}

// Unreserved characters mean the same percent-encoded (RFC 3986 §6.2.2.2); others don't: "%2F" is no separator and
// "%3F" begins no query. Dot segments are not resolved, and no name stands for one.
TEST_F(Requests, EquivalentPaths) {
  for (const auto* path : {"/%68ello", "/hell%6F", "/hell%6f", "/%68%65%6C%6c%6F", "http://a/%68ello"}) {
    EXPECT_EQ(body(path), "Hello, World!") << path;
  }
  EXPECT_EQ(body("/two/%2fa/%6Ff/b"), "/a,b");
  EXPECT_EQ(body("/about?%71=1"), "1|/about|");
  for (const auto* path : {"/two%2Fa/of/b", "/hello%3Fq=1", "%2Fhello", "/x/../hello", "/./hello", "/say/..", "/say/.",
                           "/say/%2e%2E", "/two/../of/b"}) {
    EXPECT_THAT(app.ask(get(path)).status, testing::AnyOf(404, 400)) << path;
  }
  EXPECT_EQ(body("/say/..."), "...");
}

// Names in the path and in the query are percent-decoded, once, after the path is taken apart; '+' is a space only in
// a query.
TEST_F(Requests, PercentEncoding) {
  EXPECT_EQ(body("/two/a%2Fb/of/c+d%25"), "a/b,c+d%");
  EXPECT_EQ(body("/two/%41%62/of/%e2%82%ac"), "Ab,\xe2\x82\xac");
  EXPECT_EQ(body("/about?x=1&q=a+b%26c&q=2"), "a b&c|/about|");
  EXPECT_EQ(body("/about?q"), "|/about|");
  EXPECT_EQ(body("/about?%71=encoded"), "encoded|/about|");
  EXPECT_EQ(body("/about?q=a?b=c"), "a?b=c|/about|");
}

// A percent sign without two hex digits, or a fragment, is refused before it reaches a handler.
TEST_F(Requests, MalformedTargets) {
  for (const auto* target : {"/about?q=%4", "/about?q=%", "/%zz", "/about#here", "about", "?q=1"}) {
    EXPECT_EQ(app.ask(get(target)).status, 400) << target;
  }
}

// Field names are found whatever their case; white space around a value is not part of it.
TEST_F(Requests, Fields) {
  EXPECT_THAT(app.ask(get("/about", "X-A: \t spaced out \t\r\n")).body, HasSubstr("|spaced out"));
  EXPECT_EQ(app.ask(get("/about", "X-A:\r\n")).body, "(none)|/about|");
}

// Empty lines before a request line are skipped (RFC 9112 §2.2), also when the CR and the LF come apart.
TEST_F(Requests, EmptyLinesBefore) {
  EXPECT_EQ(app.ask("\r\n\r\n" + get("/hello")).status, 200);
  auto client = app.connect();
  for (int i = 0; i < 2; ++i) {
    client.send_byte_by_byte("\r\n\r\n" + get("/hello"));
    EXPECT_EQ(client.read_response().status, 200) << i;
  }
  EXPECT_EQ(app.ask("\rGET /hello HTTP/1.1\r\nHost: a\r\n\r\n").status, 400);
}

// A request may come one byte at a time, head and body.
TEST_F(Requests, ByteByByte) {
  auto client = app.connect();
  client.send_byte_by_byte(post("/echo", "the body") + get("/hello"));
  EXPECT_EQ(client.read_response().body, "the body");
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// One packet may hold a request and half of the next; the second is answered when its rest has come.
TEST_F(Requests, OneAndAHalf) {
  auto client = app.send(get("/hello") + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-");
  EXPECT_EQ(client.read_response().body, "Hello, World!");
  ASSERT_TRUE(app.reaches("head"));
  client.send("Length: 4\r\n\r\nha");
  ASSERT_TRUE(app.reaches("body"));
  client.send("lf" + get("/hello"));
  EXPECT_EQ(client.read_response().body, "half");
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// The request's id is the client's if it is a harmless one, else one of our own; every answer has it.
TEST_F(Requests, RequestId) {
  EXPECT_EQ(app.ask(get("/hello", "X-Request-Id: a-B_9.z\r\n")).field("x-request-id"), "a-B_9.z");
  for (const auto& bad : {std::string(), std::string("with space"), std::string("new\"line"), std::string(65, 'a')}) {
    const auto id = app.ask(get("/hello", "X-Request-Id: " + bad + "\r\n")).field("x-request-id").value_or("");
    EXPECT_EQ(id.size(), 16U) << bad;
    EXPECT_NE(id, bad);
  }
  EXPECT_NE(app.ask(get("/hello")).field("x-request-id"), app.ask(get("/hello")).field("x-request-id"));
}

}  // namespace
}  // namespace sundown::test
