// How a connection comes to carry HTTP/2: by its first bytes.
#include "http2/fixture.hpp"

#include <boost/asio/post.hpp>

namespace sundown::test {
namespace {

// The preface and what follows it may be cut anywhere.
TEST_F(Http2, PrefaceByteByByte) {
  start();
  frame_client client(app->where(), frame_client::silent{});
  for (const char byte : preface) client.send({&byte, 1});
  client.send_frame(NGHTTP2_SETTINGS, 0, 0, {});
  expect_answer(client.answer(client.get("/hello")), 200);
  EXPECT_TRUE(client.settings_acknowledged);
}

// All of it in one segment, with requests behind it.
TEST_F(Http2, PrefaceWithRequests) {
  start();
  frame_client client(app->where(), frame_client::silent{});
  std::string all(preface);
  all += std::string(3, '\0') + std::string("\x04\0\0\0\0\0", 6);
  client.send(all);
  expect_answer(client.answer(client.get("/hello")), 200);
}

// Half a preface is half a head: it has header_timeout, and then an answer of HTTP/1.
TEST_F(Http2, HalfAPreface) {
  setting how;
  how.limits.header_timeout = slack(100ms);
  start(how);
  auto client = app->send(preface.substr(0, 10));
  EXPECT_EQ(client.read_response().status, 408);
}

// What begins like the preface and is none ends the connection.
TEST_F(Http2, NoPreface) {
  start();
  auto client = app->send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
  EXPECT_NE(client.read_until_end(), ending::timed_out);
}

// Behind a request of HTTP/1, or behind an empty line, it is a request of a version that isn't spoken.
TEST_F(Http2, PrefaceTooLate) {
  start();
  auto client = app->send(get("/hello") + std::string(preface));
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.read_response().status, 505);
  auto other = app->send("\r\n" + std::string(preface));
  EXPECT_EQ(other.read_response().status, 505);
}

// Where it isn't spoken, and where http.h2c is off, the answer is the same.
TEST_F(Http2, SwitchedOff) {
  setting how;
  how.limits.h2c = false;
  start(how);
  EXPECT_EQ(app->ask(preface).status, 505);
  serving plain(basic_routes);
  EXPECT_EQ(plain.ask(preface).status, 505);
}

// HTTP/1.1 is served beside it.
TEST_F(Http2, BesideHttp1) {
  start();
  auto client = connect();
  const auto stream = client.get("/hello");
  EXPECT_EQ(app->ask(get("/hello")).body, "Hello, World!");
  EXPECT_EQ(client.answer(stream).body, "Hello, World!");
  const auto figures = app->server().figures();
  EXPECT_EQ(figures.accepted, 2U);
  EXPECT_EQ(figures.http2_connections, 1U);
}

}  // namespace
}  // namespace sundown::test
