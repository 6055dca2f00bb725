// The notes as a client sees them: preconditions, caching, ids.
#include "process/scenario.hpp"

#include <gmock/gmock.h>

#include <cctype>
#include <thread>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto draft = R"({"title":"second"})";

class Notes : public testing::Test {
 protected:
  reply send(const std::string& method, const std::string& target, const std::string& fields = {},
             const std::string& body = {}) {
    std::string request = method + ' ' + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + fields;
    if (!body.empty()) {
      request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    }
    raw_client client;
    if (client.connect(app.http()) != connecting::connected) throw std::runtime_error("connect");
    client.send(request + "\r\n" + body);
    return client.read_response(ample, method == "HEAD");
  }
  /// The path of a new note in version 2.
  std::string note() {
    const auto made = send("POST", "/v1/notes", {}, R"({"title":"first"})").field("location").value();
    EXPECT_EQ(send("PUT", made, {}, R"({"title":"first"})").status, 200);
    return made;
  }

  running app{sample()};
};

struct condition {
  std::string fields;
  int get, put;  ///< what a note with the ETag "2" answers; DELETE is as PUT, but 204 for 200, and HEAD as GET
};

const condition conditions[] = {
    {"", 200, 200},
    {"If-Match: \"2\"\r\n", 200, 200},
    {"If-Match: \"1\"\r\n", 412, 412},
    {"If-Match: \"02\"\r\n", 412, 412},
    {"If-Match: \"1\", \"2\", \"9\"\r\n", 200, 200},
    {"If-Match: \"1\"\r\nIf-Match: \"2\"\r\n", 200, 200},
    {"If-Match: \"1\"\r\nX-Other: 1\r\nif-match: \"9\"\r\n", 412, 412},
    {"If-Match: W/\"2\"\r\n", 412, 412},
    {"If-Match: *\r\n", 200, 200},
    {"If-Match:\r\n", 412, 412},
    {"If-Match: ,\r\n", 412, 412},
    {"If-Match: 2\r\n", 400, 400},
    {"If-Match: \"2\r\n", 400, 400},
    {"If-Match: \"2\", *\r\n", 400, 400},
    {"If-None-Match: \"2\"\r\n", 304, 412},
    {"If-None-Match: W/\"2\"\r\n", 304, 412},
    {"If-None-Match: \"1\", \"2\"\r\n", 304, 412},
    {"If-None-Match: \"1\"\r\nIf-None-Match: \"2\"\r\n", 304, 412},
    {"If-None-Match: *\r\n", 304, 412},
    {"If-None-Match: \"1\"\r\n", 200, 200},
    {"If-None-Match:\r\n", 200, 200},
    {"If-None-Match: 2\r\n", 400, 400},
    {"If-Match: \"1\"\r\nIf-None-Match: \"2\"\r\n", 412, 412},
    {"If-Match: \"2\"\r\nIf-None-Match: \"2\"\r\n", 304, 412},
    {"If-Match: \"2\"\r\nIf-None-Match: \"1\"\r\n", 200, 200},
    {"If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT\r\n", 200, 200},
    {"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", 200, 200},
    {"If-Range: \"1\"\r\nRange: bytes=0-1\r\n", 200, 200},
};

// Every method obeys its preconditions, whatever lines they come on; what they refuse is not done.
TEST_F(Notes, ObeyPreconditions) {
  for (const auto& one : conditions) {
    const auto at = note();
    EXPECT_EQ(send("GET", at, one.fields).status, one.get) << one.fields;
    EXPECT_EQ(send("HEAD", at, one.fields).status, one.get) << one.fields;
    EXPECT_EQ(send("PUT", at, one.fields, draft).status, one.put) << one.fields;
    EXPECT_THAT(send("GET", at).body, HasSubstr(one.put == 200 ? "second" : "first")) << one.fields;

    const auto other = note();
    EXPECT_EQ(send("DELETE", other, one.fields).status, one.put == 200 ? 204 : one.put) << one.fields;
    EXPECT_EQ(send("GET", other).status, one.put == 200 ? 404 : 200) << one.fields;
  }
}

// What isn't there is 404, whatever its conditions would be; the list is there, without an ETag.
TEST_F(Notes, HavePreconditionsOnlyWhereSomethingIs) {
  const std::string missing = "/v1/notes/01a20348-bd5e-70f2-b608-acfd34f9afdb";
  for (const auto* fields : {"If-Match: \"1\"\r\n", "If-Match: *\r\n", "If-None-Match: *\r\n"}) {
    EXPECT_EQ(send("GET", missing, fields).status, 404) << fields;
    EXPECT_EQ(send("PUT", missing, fields, draft).status, 404) << fields;
    EXPECT_EQ(send("DELETE", missing, fields).status, 404) << fields;
  }
  EXPECT_EQ(send("POST", "/v1/notes", "If-None-Match: *\r\n", draft).status, 412);
  EXPECT_EQ(send("POST", "/v1/notes", "If-Match: \"1\"\r\n", draft).status, 412);
  EXPECT_EQ(send("POST", "/v1/notes", "If-Match: 1\r\n", draft).status, 400);
  EXPECT_EQ(send("GET", "/v1/notes", "If-Match: \"1\"\r\n").status, 412);
  EXPECT_THAT(send("GET", "/v1/notes").body, HasSubstr("\"notes\":[]"));
  EXPECT_EQ(send("POST", "/v1/notes", "If-Match: *\r\nIf-None-Match: \"1\"\r\n", draft).status, 201);
}

// Of many clients that hold the same ETag one writes; conditions are looked at inside the write.
TEST_F(Notes, LetOneOfManyWrite) {
  const auto at = note();
  std::atomic<int> written{0}, refused{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 16; ++i) {
      clients.emplace_back([&, i] {
        const auto* fields = i % 2 == 0 ? "If-Match: \"7\", \"2\"\r\n" : "If-None-Match: \"3\", \"4\", \"5\"\r\n";
        const auto status = send("PUT", at, fields, draft).status;
        ++(status == 200 ? written : refused);
      });
    }
  }
  EXPECT_EQ(written, 1) << "in version 3 neither condition holds";
  EXPECT_EQ(refused, 15);
}

// Every answer about notes tells caches to ask each time, 304 with what they need for it.
TEST_F(Notes, TellCachesToAsk) {
  const auto at = note();
  const auto unchanged = send("GET", at, "If-None-Match: \"2\"\r\n");
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.field("etag"), "\"2\"");
  EXPECT_EQ(unchanged.field("content-length"), std::nullopt);
  for (const auto& answer : {unchanged, send("GET", at), send("HEAD", at), send("PUT", at, {}, draft),
                             send("GET", "/v1/notes"), send("POST", "/v1/notes", {}, draft),
                             send("GET", at, "If-Match: \"9\"\r\n"), send("GET", "/v1/notes/x"), send("DELETE", at)}) {
    EXPECT_EQ(answer.field("cache-control"), "no-cache") << answer.describe();
  }
}

// UUIDs are read in any case and written in lower case, as ids and as cursors.
TEST_F(Notes, AreFoundByTheirIdInAnyCase) {
  const auto first = note(), second = note();
  std::string upper = first.substr(first.rfind('/') + 1);
  EXPECT_THAT(upper, Not(testing::ContainsRegex("[A-Z]")));
  for (auto& c : upper) c = static_cast<char>(std::toupper(c));
  const auto found = send("GET", "/v1/notes/" + upper);
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(found.body, send("GET", first).body);
  const auto page = send("GET", "/v1/notes?after=" + upper);
  EXPECT_THAT(page.body, HasSubstr(second.substr(second.rfind('/') + 1)));
  EXPECT_THAT(page.body, Not(HasSubstr(first.substr(first.rfind('/') + 1))));
  EXPECT_EQ(send("PUT", "/v1/notes/" + upper, {}, draft).status, 200);
  EXPECT_EQ(send("DELETE", "/v1/notes/" + upper).status, 204);
  EXPECT_EQ(send("GET", first).status, 404);
}

// What is no UUID names no note, and is no cursor.
TEST_F(Notes, HaveUuidsAlone) {
  for (const auto* id : {"x", "1", "01a20348-bd5e-70f2-b608-acfd34f9afd", "01a20348-bd5e-70f2-b608-acfd34f9afdbb",
                         "01a20348bd5e70f2b608acfd34f9afdb", "01a20348-bd5e-70f2-b608-acfd34f9afdg", "%00", "%ff"}) {
    EXPECT_EQ(send("GET", std::string("/v1/notes/") + id).status, 404) << id;
    EXPECT_EQ(send("DELETE", std::string("/v1/notes/") + id).status, 404) << id;
    EXPECT_EQ(send("GET", std::string("/v1/notes?after=") + id).status, 400) << id;
  }
  EXPECT_EQ(send("GET", "/v1/notes?after=").status, 200);
}

}  // namespace
}  // namespace sundown::test
