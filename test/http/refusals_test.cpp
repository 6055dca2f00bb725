// Requests that are refused: with which status, and whether the connection goes on.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Refusals : public testing::Test {
 protected:
  serving app{basic_routes};

  /// Sends both requests in one go and expects this status for the first, then the second answered.
  void goes_on(std::string_view request, int status) {
    auto client = app.send(std::string(request) + get("/hello"));
    EXPECT_EQ(client.read_response().status, status);
    EXPECT_EQ(client.read_response().body, "Hello, World!") << request;
  }
  /// ... then nothing but the end.
  void ends(std::string_view request, int status) {
    auto client = app.send(std::string(request) + get("/hello"));
    const auto answer = client.read_response();
    EXPECT_EQ(answer.status, status) << answer.describe();
    EXPECT_TRUE(answer.says_close()) << answer.describe();
    EXPECT_EQ(client.read_until_end(), ending::fin);
    EXPECT_EQ(client.received(), "");
  }
};

// What is not there, in this method or at all, is said so; the connection goes on, and so does a body that came along.
TEST_F(Refusals, NotHere) {
  goes_on(get("/nowhere"), 404);
  goes_on(post("/nowhere", "a body that nobody reads"), 404);
  goes_on("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n", 405);
  goes_on("POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n", 404);
  EXPECT_EQ(app.ask("DELETE /echo HTTP/1.1\r\nHost: a\r\n\r\n").field("allow"), "POST, OPTIONS");
}

// A method that nobody knows is 501, not 405; methods are case-sensitive. So is CONNECT, which ends the connection:
// what follows it may be meant for the tunnel.
TEST_F(Refusals, UnknownMethod) {
  ends("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501);
  goes_on("BREW /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501);
  goes_on("get /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501);
}

// A higher minor version is answered as HTTP/1.1 (RFC 9110 §2.5), another major version is 505.
TEST_F(Refusals, OtherVersions) {
  goes_on("GET /hello HTTP/1.2\r\nHost: a\r\n\r\n", 200);
  ends("GET /hello HTTP/1.2\r\n\r\n", 400);
  ends("GET /hello HTTP/2.0\r\nHost: a\r\n\r\n", 505);
  ends("GET /hello HTTP/0.9\r\nHost: a\r\n\r\n", 505);
  ends("GET /hello HTTP/3.0\r\n\r\n", 505);
  ends("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
}

// What isn't the form of a request line is 400, even where a version should be.
TEST_F(Refusals, RequestLines) {
  ends("GET /hello HTTP/1.1 \r\nHost: a\r\n\r\n", 400);
  ends("GET /hello HTTP/1.1\nHost: a\n\n", 400);
  ends("GET /hello HTTP/11\r\nHost: a\r\n\r\n", 400);
  ends("GET /hello HTTX/2.0\r\nHost: a\r\n\r\n", 400);
  ends("GET /hello HTTP/2.0x\r\nHost: a\r\n\r\n", 400);
  ends("GET /hello\r\n\r\n", 400);
}

// Who is refused before the head is whole gets an id too, one of its own, to find the request in the log by.
TEST_F(Refusals, HaveIds) {
  const auto one = app.ask("GET /hello HTTP/2.0\r\n\r\n");
  const auto other = app.ask("GET /hello HTTP/2.0\r\n\r\n");
  const auto id = one.field("x-request-id").value_or("");
  EXPECT_EQ(id.size(), 16U) << one.describe();
  EXPECT_NE(id, other.field("x-request-id"));
  EXPECT_NE(one.body.find(id), std::string::npos);
  const auto own = app.ask("GET /hello HTTP/1.1\r\nX-Request-Id: mine\r\nHost: a\r\nHost: b\r\n\r\n");
  EXPECT_EQ(own.status, 400);
  EXPECT_EQ(own.field("x-request-id"), "mine");
}

// Host is a name or an address, and perhaps a port; it may be empty (RFC 9112 §3.2).
TEST_F(Refusals, Hosts) {
  for (const auto* good :
       {"", "a", "a:80", "a:", "ex-ample.org", "[::1]", "[::ffff:127.0.0.1]:8080", "%41", "a:65535"}) {
    EXPECT_EQ(app.ask("GET /hello HTTP/1.1\r\nHost: " + std::string(good) + "\r\n\r\n").status, 200) << good;
  }
  for (const auto* bad : {"a b", "a/b", "a@b", "a:b", "a:80:80", "[::1", "[::1]a", "[g]", "[]", "[1.2.3.4]", "a,\"b",
                          "\x80", "%4", "%zz", "a:65536"}) {
    ends("GET /hello HTTP/1.1\r\nHost: " + std::string(bad) + "\r\n\r\n", 400);
  }
}

// A target over the header limit is 414, one field or all fields together 431, more than a hundred fields 431.
TEST_F(Refusals, TooLargeHeads) {
  ends(get("/" + std::string(9000, 't')), 414);
  ends(get("/hello", "X-Large: " + std::string(9000, 'v') + "\r\n"), 431);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  ends(get("/hello", many), 431);
  std::string thousand;
  for (int i = 0; i < 1000; ++i) thousand += "Y: 1\r\n";  // within the limit in bytes
  ends(get("/hello", thousand), 431);
  many.erase(0, many.find('\n') + 1);
  EXPECT_EQ(app.ask(get("/hello", many)).status, 200) << "Host and 99 more are a hundred";
}

// The first line over the limit is 414 at each length; a line that fits and leaves no room for fields is 431.
TEST_F(Refusals, RequestLinesAboutTheLimit) {
  const std::size_t limit = limits_of_tests().header_limit;
  const auto line = [](std::size_t size) { return "GET /" + std::string(size - 16, 't') + " HTTP/1.1\r\n"; };
  for (std::size_t over = 1; over <= 12; ++over) ends(line(limit + over) + "Host: a\r\n\r\n", 414);
  ends(line(limit) + "Host: a\r\n\r\n", 431);
  ends(line(limit - 1) + "Host: a\r\n\r\n", 431);
  EXPECT_EQ(app.ask(line(limit - 11) + "Host: a\r\n\r\n").status, 404);
  ends(std::string(limit - 1, 'M') + " /hello HTTP/1.1\r\nHost: a\r\n\r\n", 501);
}

// A head over the limit is refused when the limit is reached, without waiting for an end that may never come.
TEST_F(Refusals, EndlessHead) {
  auto client = app.send("GET /hello HTTP/1.1\r\nHost: a\r\nX-Endless: " + std::string(20'000, 'v'));
  EXPECT_EQ(client.read_response().status, 431);
  auto target = app.send("GET /" + std::string(20'000, 't'));
  EXPECT_EQ(target.read_response().status, 414);
}

// A body over the route's limit is 413: by its Content-Length before a byte of it is read, chunked when it is passed.
TEST_F(Refusals, TooLargeBodies) {
  const std::string head = "POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
  EXPECT_EQ(app.ask(head + "Content-Length: 17\r\n\r\n").status, 413);
  EXPECT_EQ(app.ask(head + "Content-Length: 18446744073709551615\r\n\r\n").status, 413);
  goes_on(head + "Content-Length: 16\r\n\r\n0123456789abcdef", 200);
  goes_on(head + "Transfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n8\r\n89abcdef\r\n0\r\n\r\n", 200);
  ends(head + "Transfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n9\r\n89abcdefg\r\n0\r\n\r\n", 413);
  EXPECT_EQ(app.ask(head + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n").status, 413);
}

// The same holds where the handler reads the body as a stream.
TEST_F(Refusals, TooLargeUploads) {
  const std::string head = "POST /small-upload HTTP/1.1\r\nHost: a\r\n";
  ends(head + "Content-Length: 17\r\n\r\n0123456789abcdefg", 413);
  goes_on(head + "Content-Length: 16\r\n\r\n0123456789abcdef", 200);
  goes_on(head + "Transfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n8\r\n89abcdef\r\n0\r\n\r\n", 200);
  ends(head + "Transfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n9\r\n89abcdefg\r\n0\r\n\r\n", 413);
}

// A route that wants a body refuses a request without one (411), and one of another type (415, with what it takes).
TEST_F(Refusals, WantedBody) {
  goes_on("POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\r\n", 411);
  goes_on(post("/json", "{}", "text/plain"), 415);
  EXPECT_EQ(app.ask(post("/json", "{}", "application/jsonp")).status, 415);
  EXPECT_EQ(app.ask(post("/json", "{}", "text/plain")).field("accept"), "application/json");
  EXPECT_EQ(app.ask(post("/json", "{}", "Application/JSON; charset=utf-8")).status, 200);
  EXPECT_EQ(app.ask(post("/json", "")).status, 200) << "an empty body is one, for the handler to judge";
}

// A body in a coding that nobody undoes is not taken for what it isn't (RFC 9110 §15.5.16); identity is no coding.
TEST_F(Refusals, ContentCodings) {
  const auto encoded = [](std::string_view target, std::string_view fields, std::string_view body = "{}") {
    auto request = post(target, body);
    request.insert(request.find("Content-Type"), fields);
    return request;
  };
  for (const auto* target : {"/echo", "/json", "/upload"}) {
    for (const auto* fields : {"Content-Encoding: gzip\r\n", "Content-Encoding: identity, br\r\n",
                               "Content-Encoding: identity\r\ncontent-encoding: x\r\n"}) {
      goes_on(encoded(target, fields), 415);
      EXPECT_EQ(app.ask(encoded(target, fields)).field("accept-encoding"), "identity");
    }
    for (const auto* fields : {"Content-Encoding: Identity\r\n", "Content-Encoding:\r\n"}) {
      goes_on(encoded(target, fields), 200);
    }
    goes_on(encoded(target, "Content-Encoding: gzip\r\n", ""), 200);  // no body, nothing to undo
  }
  EXPECT_EQ(app.ask(encoded("/json", "Content-Encoding: gzip\r\n")).field("accept"), std::nullopt);
}

// An expectation that is not known is 417 at once, alone or in company (RFC 9110 §10.1.1), so that no client waits.
TEST_F(Refusals, Expectations) {
  const auto expecting = [](std::string_view fields, std::string_view version = "1.1") {
    return "POST /echo HTTP/" + std::string(version) + "\r\nHost: a\r\nContent-Length: 4\r\n" + std::string(fields) +
           "\r\n";
  };
  for (const auto* version : {"1.0", "1.1"}) {
    ends(expecting("Expect: foo\r\n", version), 417);
    ends(expecting("Expect: 100-continue, foo\r\n", version), 417);
    ends(expecting("Expect: foo\r\nExpect: 100-continue\r\n", version), 417);
    ends(expecting("Expect: 100-continue;q=1\r\n", version), 417);
  }
  goes_on("GET /hello HTTP/1.1\r\nHost: a\r\nExpect: foo\r\n\r\n", 417);  // no body that may or may not come
  for (const auto* fields :
       {"Expect: 100-Continue\r\n", "Expect:, 100-continue,\r\n", "Expect:\r\nExpect: 100-continue\r\n",
        "Expect: 100-continue\r\nExpect: 100-continue\r\n"}) {
    auto client = app.send(expecting(fields));
    EXPECT_EQ(client.read_response(soon).status, 100) << fields;
    client.send("body");
    EXPECT_EQ(client.read_response(soon).body, "body");
  }
}

// An error is problem+json with the request's id and without internals; a handler that throws ends nothing else.
TEST_F(Refusals, Problems) {
  auto client = app.send(get("/fails", "X-Request-Id: my-id\r\n"));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.field("content-type"), "application/problem+json");
  EXPECT_THAT(answer.body, HasSubstr(R"("request_id":"my-id")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("status":500)"));
  EXPECT_THAT(answer.body, Not(HasSubstr("secret")));
  client.send(get("/hello"));
  EXPECT_EQ(client.read_response().status, 200);

  const auto missing = app.ask(get("/nowhere"));
  EXPECT_THAT(missing.body, HasSubstr("\"request_id\":\"" + missing.field("x-request-id").value_or("?") + "\""));
}

}  // namespace
}  // namespace sundown::test
