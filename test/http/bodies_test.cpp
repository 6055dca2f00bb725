// Request bodies: asked for, in chunks, left unread.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;

const std::string chunked_post = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

class Bodies : public testing::TestWithParam<const char*> {
 protected:
  serving app{basic_routes};

  std::string expecting(std::string_view target, std::size_t length) const {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) +
           "\r\nExpect: 100-continue\r\n\r\n";
  }
};

class BothKinds : public Bodies {};
INSTANTIATE_TEST_SUITE_P(Route, BothKinds, testing::Values("/echo", "/upload"),
                         [](const auto& one) { return one.param[1] == 'e' ? "Buffered" : "Upload"; });

// A client that expects 100-continue is told once to go on, and then answered; the connection lives.
TEST_P(BothKinds, AskedForOnce) {
  auto client = app.send(expecting(GetParam(), 4));
  const auto told = client.read_response();
  EXPECT_EQ(told.status, 100);
  client.send("bo");
  ASSERT_TRUE(app.reaches("body"));
  client.send("dy" + get("/hello"));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 200) << answer.describe();
  EXPECT_THAT(answer.body, HasSubstr("y"));
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// Who sends the body without waiting is not told any more.
TEST_P(BothKinds, NotAskedForWhenThere) {
  auto client = app.send(expecting(GetParam(), 4) + "body");
  EXPECT_EQ(client.read_response().status, 200);
}

// A body that is refused is never asked for: the client sees only the refusal, and the end.
TEST_F(Bodies, NotAskedForWhenRefused) {
  for (const auto& [target, length, status] :
       {std::tuple{"/nowhere", 4U, 404}, {"/hello", 4U, 405}, {"/json", 4U, 415}, {"/small-upload", 17U, 413}}) {
    auto client = app.send(expecting(target, length));
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, status) << answer.describe();
    EXPECT_TRUE(answer.says_close());
    EXPECT_EQ(client.read_until_end(), ending::fin);
  }
}

// A handler that doesn't want the body never asks for it.
TEST_F(Bodies, NotAskedForWhenUnwanted) {
  auto client = app.send(expecting("/decline", 4));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 200) << answer.describe();
  EXPECT_TRUE(answer.says_close()) << "whether the body still comes is not known";
}

// HTTP/1.0 has no 100-continue.
TEST_F(Bodies, NotAskedForInHttp10) {
  auto client = app.send("POST /echo HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(app.reaches("body"));
  client.send("body");
  EXPECT_EQ(client.read_response().status, 200);
}

// Extensions of chunks are ignored, sizes are hexadecimal in either case, with leading zeros.
TEST_F(Bodies, ChunksWithExtensions) {
  auto client =
      app.send(chunked_post + "3;name=value;\"q\"=\"a;b\"\r\nabc\r\n00A\r\n0123456789\r\n00\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.read_response().status, 400) << "a name is no quoted string";
  client =
      app.send(chunked_post + "3;name=value;q=\"a;b\"\r\nabc\r\n00A\r\n0123456789\r\n00;last\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.read_response().body, "abc0123456789");
  EXPECT_EQ(client.read_response().body, "Hello, World!");
}

// An extension or a trailer without an end is refused after a bounded number of bytes.
TEST_P(BothKinds, EndlessChunkLines) {
  auto head = chunked_post;
  head.replace(head.find("/echo"), 5, GetParam());
  for (const auto& endless : {"5;" + std::string(40'000, 'x'), "0\r\nX-Trailer: " + std::string(40'000, 'x')}) {
    auto client = app.send(head + endless);
    const auto answer = client.read_response();
    EXPECT_TRUE(answer.status == 400 || answer.status == 431) << answer.describe();
    EXPECT_TRUE(answer.says_close());
  }
}

// Trailers are read and dropped: they are no fields of the request, and one that speaks of framing moves no boundary.
TEST_F(Bodies, Trailers) {
  auto client = app.send(chunked_post + "3\r\nabc\r\n0\r\nX-Checksum: 1\r\nHost: b\r\nHost: c\r\n\r\n" + get("/hello"));
  EXPECT_EQ(client.read_response().body, "abc");
  EXPECT_EQ(client.read_response().body, "Hello, World!");
  for (const auto* trailer : {"Content-Length: 100", "Content-Length: 0", "Transfer-Encoding: chunked"}) {
    client = app.send(chunked_post + "3\r\nabc\r\n0\r\n" + trailer + "\r\n\r\n" + get("/hello"));
    const auto answer = client.read_response();
    if (answer.status == 200) {
      EXPECT_EQ(client.read_response().body, "Hello, World!") << trailer;
    } else {
      EXPECT_EQ(answer.status, 400) << trailer;
      EXPECT_EQ(client.read_until_end(), ending::fin);
      EXPECT_EQ(client.received(), "") << trailer;
    }
  }
}

// A hundred trailers are taken, as a hundred fields of a head are; more are 431, within the limit in bytes or not.
TEST_P(BothKinds, ManyTrailers) {
  auto request = chunked_post;
  request.replace(request.find("/echo"), 5, GetParam());
  request += "3\r\nabc\r\n0\r\n";
  for (int i = 0; i < 100; ++i) request += "T: " + std::to_string(i) + "\r\n";
  auto client = app.send(request + "\r\n" + get("/hello"));
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().body, "Hello, World!");
  for (const auto* one_more : {"T:", "T: 1\r\n\r\n"}) {
    const auto answer = app.ask(request + one_more);
    EXPECT_EQ(answer.status, 431) << answer.describe();
    EXPECT_TRUE(answer.says_close());
  }
}

// A hundred thousand chunks of one byte are one body.
TEST_P(BothKinds, TinyChunks) {
  auto request = chunked_post;
  request.replace(request.find("/echo"), 5, GetParam());
  for (int i = 0; i < 100'000; ++i) request += "1\r\nx\r\n";
  auto client = app.connect();
  ASSERT_EQ(client.send(request + "0\r\n\r\n"), sending::sent);
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.body.size() == 100'000 || answer.body.starts_with("100000 bytes")) << answer.describe();
}

// A large body, far beyond any buffer, comes whole to a handler that reads it in pieces.
TEST_F(Bodies, LargeUpload) {
  std::string body(1 << 20, 'u');
  body.back() = 'z';
  auto client = app.connect();
  ASSERT_EQ(client.send(post("/upload", body)), sending::sent);
  EXPECT_EQ(client.read_response().body, "1048576 bytes, last 'z'");
}

// A handler that answers before it has read the body: the answer arrives whole although the client goes on sending, and
// the connection ends by FIN.
TEST_F(Bodies, DeclinedUpload) {
  auto client = app.connect();
  const std::string body(1 << 20, 'u');
  ASSERT_EQ(client.send(post("/decline", body)), sending::sent);
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.body.size(), 100'000U);
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(client.read_until_end(), ending::fin);
}

// A client that goes away in the middle of a body takes nothing with it.
TEST_P(BothKinds, ClientGoesAway) {
  for (const bool hard : {false, true}) {
    auto client =
        app.send("POST " + std::string(GetParam()) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    ASSERT_TRUE(app.reaches("body"));
    if (hard)
      client.reset();
    else
      client.close();
    ASSERT_TRUE(app.reaches("body", 0));
    EXPECT_EQ(app.ask(get("/hello")).status, 200);
  }
}

}  // namespace
}  // namespace sundown::test
