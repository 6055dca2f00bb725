// The notes as a client sees them.
#include "app/sample.hpp"

#include <boost/json.hpp>

#include <gmock/gmock.h>

#include <vector>

namespace sundown::app {
namespace {

namespace json = boost::json;
using Notes = sample;

constexpr auto draft = R"({"title":"tea","body":"buy more"})";
constexpr auto missing = "/v1/notes/01a20348-bd5e-70f2-b608-acfd34f9afdb";

json::value read(const testing::reply& answer) { return json::parse(answer.body); }

// A note is there under its Location from its 201 on, until it is deleted; its ETag is its version.
TEST_F(Notes, AreCreatedReadReplacedAndDeleted) {
  const auto made = send("POST", "/v1/notes", {}, draft);
  ASSERT_EQ(made.status, 201) << made.describe();
  EXPECT_EQ(made.field("etag"), "\"1\"");
  const auto path = made.field("location").value();
  EXPECT_EQ(path, "/v1/notes/" + std::string(read(made).at("id").as_string()));
  EXPECT_EQ(send("GET", path).body, made.body);

  const auto replaced = send("PUT", path, "If-Match: \"1\"\r\n", R"({"title":"coffee","body":""})");
  EXPECT_EQ(replaced.status, 200) << replaced.describe();
  EXPECT_EQ(replaced.field("etag"), "\"2\"");
  EXPECT_EQ(read(replaced).at("title").as_string(), "coffee");
  EXPECT_EQ(read(replaced).at("created_at"), read(made).at("created_at"));

  EXPECT_EQ(send("DELETE", path).status, 204);
  EXPECT_EQ(send("GET", path).status, 404);
  EXPECT_EQ(send("DELETE", path).status, 404);
}

// Who holds an old version writes nothing, and who holds the current one is told so without a body.
TEST_F(Notes, KeepVersionsApart) {
  const auto path = send("POST", "/v1/notes", {}, draft).field("location").value();
  ASSERT_EQ(send("PUT", path, "If-Match: \"1\"\r\n", draft).status, 200);
  EXPECT_EQ(send("PUT", path, "If-Match: \"1\"\r\n", draft).status, 412);
  EXPECT_EQ(send("DELETE", path, "If-Match: \"1\"\r\n").status, 412);
  EXPECT_EQ(send("GET", path, "If-None-Match: \"1\"\r\n").status, 200);
  const auto unchanged = send("GET", path, "If-None-Match: \"2\"\r\n");
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.field("etag"), "\"2\"");
  EXPECT_EQ(unchanged.body, "");
  EXPECT_EQ(send("PUT", path, "If-None-Match: *\r\n", draft).status, 412);
  EXPECT_EQ(send("DELETE", path, "If-Match: \"2\"\r\n").status, 204);
}

// HEAD has the fields of GET, and no body.
TEST_F(Notes, AnswerHeadAsGet) {
  const auto path = send("POST", "/v1/notes", {}, draft).field("location").value();
  for (const auto& target : {path, std::string("/v1/notes")}) {
    const auto whole = send("GET", target), head = send("HEAD", target);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
    for (const auto* field : {"content-type", "content-length", "etag", "cache-control"})
      EXPECT_EQ(head.field(field), whole.field(field)) << field;
  }
  EXPECT_EQ(send("HEAD", missing).status, 404);
}

// Pages follow each other by their cursor, in the order of creation, without a gap and without a note twice, also where
// notes come and go meanwhile.
TEST_F(Notes, ComeInPages) {
  std::vector<std::string> made, listed;
  for (int i = 0; i < 7; ++i) made.push_back(send("POST", "/v1/notes", {}, draft).field("location").value().substr(10));
  std::string target = "/v1/notes?limit=3";
  std::vector<std::size_t> sizes;
  for (;;) {
    const auto page = read(send("GET", target));
    for (const auto& note : page.at("notes").as_array()) listed.emplace_back(note.at("id").as_string());
    sizes.push_back(page.at("notes").as_array().size());
    if (page.at("next").is_null()) break;
    target = "/v1/notes?limit=3&after=" + std::string(page.at("next").as_string());
    if (sizes.size() == 1) {
      EXPECT_EQ(send("DELETE", "/v1/notes/" + made[2]).status, 204) << "the cursor's own note";
    }
    ASSERT_LT(sizes.size(), 9U);
  }
  EXPECT_EQ(listed, made);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{3, 3, 1}));
  EXPECT_EQ(read(send("GET", "/v1/notes")).at("notes").as_array().size(), 6U) << "all of them without a limit";
}

// A limit is a number from 1 to 500, a cursor the id of a note; anything else is refused.
TEST_F(Notes, HaveBoundedPages) {
  for (const auto* query : {"limit=1", "limit=500", "after=", "limit=7&after=01a20348-bd5e-70f2-b608-acfd34f9afdb"})
    EXPECT_EQ(send("GET", std::string("/v1/notes?") + query).status, 200) << query;
  for (const auto* query : {"limit=0", "limit=501", "limit=-1", "limit=", "limit=x", "limit=1x", "limit=1e2", "after=x",
                            "limit=99999999999999999999"}) {
    const auto answer = send("GET", std::string("/v1/notes?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.field("content-type"), "application/problem+json") << query;
  }
}

// What is no draft is refused as what it is: no JSON, not JSON's type, the wrong shape, too much.
TEST_F(Notes, RefuseWhatIsNoDraft) {
  const auto path = send("POST", "/v1/notes", {}, draft).field("location").value();
  const std::vector<std::pair<std::string, std::string>> writes{{"POST", "/v1/notes"}, {"PUT", path}};
  for (const auto& [method, target] : writes) {
    EXPECT_EQ(send(method, target, {}, "{").status, 400) << method;
    EXPECT_EQ(send(method, target, {}, "").status, 411) << method;
    EXPECT_EQ(send(method, target, {}, std::string(2 << 20, ' ')).status, 413) << method;
    EXPECT_EQ(send(method, target, "Content-Type: text/plain\r\n", draft).status, 415) << method;
    for (const auto* body : {"{}", "[]", R"({"title":7})", R"({"title":"","body":""})"}) {
      const auto answer = send(method, target, {}, body);
      EXPECT_EQ(answer.status, 422) << method << ' ' << body;
      EXPECT_EQ(read(answer).at("status"), 422) << body;
    }
  }
  EXPECT_EQ(read(send("GET", path)).at("version"), 1);
  EXPECT_EQ(read(send("GET", "/v1/notes")).at("notes").as_array().size(), 1U);
}

// What isn't there is 404, also to write to; a path that is there says which methods it has.
TEST_F(Notes, NameWhatIsMissing) {
  EXPECT_EQ(send("GET", missing).status, 404);
  EXPECT_EQ(send("PUT", missing, {}, draft).status, 404);
  EXPECT_EQ(send("GET", "/v1/nothing").status, 404);
  const auto list = send("DELETE", "/v1/notes"), note = send("POST", missing, {}, draft);
  EXPECT_EQ(list.status, 405);
  EXPECT_EQ(list.field("allow"), "POST, GET, HEAD, OPTIONS");
  EXPECT_EQ(note.status, 405);
  EXPECT_EQ(note.field("allow"), "GET, HEAD, PUT, DELETE, OPTIONS");
  EXPECT_EQ(send("OPTIONS", "/v1/notes").field("allow"), list.field("allow"));
}

// Notes outlive the service.
TEST_F(Notes, AreThereAfterARestart) {
  const auto path = send("POST", "/v1/notes", {}, draft).field("location").value();
  const auto before = send("GET", path);
  EXPECT_EQ(app().stop().exit_code, 0);
  start();
  EXPECT_EQ(send("GET", path).body, before.body);
}

}  // namespace
}  // namespace sundown::app
