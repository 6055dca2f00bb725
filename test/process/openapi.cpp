// config/openapi.yaml held against the answers of a running service.
#include "process/scenario.hpp"
#include "support/api_description.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <set>

namespace sundown::test {
namespace {

namespace json = boost::json;
using testing::UnorderedElementsAreArray;

constexpr auto draft = R"({"title":"tea","body":"buy more"})";
constexpr auto none = "01a20348-bd5e-70f2-b608-acfd34f9afdb";  // a note that never was

class OpenApiAnswers : public testing::Test {
 protected:
  /// Asks, and compares the answer with its description.
  reply exchange(const endpoint& where, const std::string& method, const std::string& pattern,
                 const std::string& target, const std::string& fields = {}, const std::string& body = {}) {
    std::string request = method + ' ' + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + fields;
    if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    raw_client client;
    if (client.connect(where) != connecting::connected) throw std::runtime_error("connect");
    client.send(request + "\r\n" + body);
    const auto answer = client.read_response(ample, method == "HEAD");
    compare(method, pattern, answer);
    return answer;
  }

  void compare(std::string method, const std::string& pattern, const reply& answer) {
    for (auto& c : method) c = static_cast<char>(std::tolower(c));
    const auto status = std::to_string(answer.status);
    const auto what = method + ' ' + pattern + ' ' + status;
    for (const auto& one : api.operations()) {
      if (one.method != method || one.path != pattern) continue;
      const auto* found = one.what->at("responses").as_object().if_contains(status);
      if (!found) found = one.what->at("responses").as_object().if_contains("default");
      const auto& described = api.resolved(*found).as_object();
      seen.insert(what);
      for (const auto& header : described.at("headers").as_object()) {
        const auto value = answer.field(lower(header.key()));
        ASSERT_TRUE(value) << what << " has no " << header.key();
        EXPECT_EQ(api.fault(api.resolved(header.value()).at("schema"), json::value(*value)), "") << what;
      }
      if (method == "head") return;
      const auto* content = described.if_contains("content");
      EXPECT_EQ(content != nullptr, !answer.body.empty()) << what;
      if (!content) return;
      const auto& media = *content->as_object().begin();
      EXPECT_EQ(answer.field("content-type"), std::string(media.key())) << what;
      const bool is_json = std::string_view(media.key()).ends_with("json");
      const auto value = is_json ? json::parse(answer.body) : json::value(answer.body);
      EXPECT_EQ(api.fault(media.value().at("schema"), value), "") << what;
      return;
    }
    ADD_FAILURE() << what << " is not described";
  }

  static std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = static_cast<char>(std::tolower(c));
    return out;
  }

  const api_description api{SUNDOWN_SOURCE_DIR "/config/openapi.yaml"};
  std::set<std::string> seen;
};

constexpr auto as_json = "Content-Type: application/json\r\n";

struct operation {
  std::string method, pattern, target, fields, body;  ///< a request that succeeds
};

/// What any request can be answered.
const std::pair<std::string, std::string> refusals[] = {
    {"400", "Host: second\r\n"},
    {"413", "Content-Length: 99999999\r\n"},
    {"431", "X-Large: " + std::string(10'000, 'x') + "\r\n"},
};

// Every answer has the fields, the type and the shape that openapi.yaml gives it, and every answer that is in there is
// given; but for 500, which would be a bug.
TEST_F(OpenApiAnswers, AreWhatIsDescribed) {
  running app(sample(with({{"SUNDOWN_HTTP__HEADER_TIMEOUT", "300ms"}})));
  running limited(
      sample(with({{"SUNDOWN_HTTP__RATE_LIMIT__REQUESTS", "1"}, {"SUNDOWN_HTTP__RATE_LIMIT__WINDOW", "1h"}})));
  ask(limited.http(), get("/hello"));
  const auto made = exchange(app.http(), "POST", "/v1/notes", "/v1/notes", as_json, draft);
  const auto location = made.field("location").value();
  const std::string list = "/v1/notes", note = "/v1/notes/{id}", missing = "/v1/notes/" + std::string(none);

  std::vector<operation> all;
  for (const std::string path : {"/", "/hello", "/v1/notes", "/v1/notes/{id}"}) {
    const auto target = path == note ? location : path;
    for (const std::string method : {"GET", "HEAD", "OPTIONS"}) all.push_back({method, path, target, {}, {}});
  }
  all.push_back({"POST", list, list, as_json, draft});
  all.push_back({"PUT", note, location, as_json, draft});
  all.push_back({"DELETE", note, location, {}, {}});

  for (const auto& one : all) {
    for (const auto& [status, field] : refusals) {
      if (status == "413" && !one.body.empty()) continue;
      const auto answer = exchange(app.http(), one.method, one.pattern, one.target, one.fields + field, one.body);
      EXPECT_EQ(std::to_string(answer.status), status) << one.method << ' ' << one.pattern;
    }
    const auto long_target = one.target + "?" + std::string(10'000, 'x');
    EXPECT_EQ(exchange(app.http(), one.method, one.pattern, long_target, one.fields, one.body).status, 414);
    const auto expected = one.method == "OPTIONS" ? 204 : 429;
    EXPECT_EQ(exchange(limited.http(), one.method, one.pattern, one.target, one.fields, one.body).status, expected);
    raw_client slow;
    ASSERT_EQ(slow.connect(app.http()), connecting::connected);
    slow.send(one.method + ' ' + one.target + " HTTP/1.1\r\nHost: te");
    compare(one.method, one.pattern, slow.read_response(ample, one.method == "HEAD"));
    if (one.method != "DELETE") {
      exchange(app.http(), one.method, one.pattern, one.target, one.fields, one.body);
    }
    if (one.body.empty()) continue;
    EXPECT_EQ(exchange(app.http(), one.method, one.pattern, one.target, one.fields).status, 411);
    EXPECT_EQ(exchange(app.http(), one.method, one.pattern, one.target, {}, one.body).status, 415);
    EXPECT_EQ(exchange(app.http(), one.method, one.pattern, one.target, one.fields, "{").status, 400);
    EXPECT_EQ(exchange(app.http(), one.method, one.pattern, one.target, one.fields, "{}").status, 422);
    const std::string large(2 << 20, ' ');
    EXPECT_EQ(exchange(app.http(), one.method, one.pattern, one.target, one.fields, large).status, 413);
  }
  for (const std::string method : {"GET", "HEAD"}) {
    EXPECT_EQ(exchange(app.http(), method, list, list, "If-None-Match: *\r\n").status, 304);
    EXPECT_EQ(exchange(app.http(), method, list, list, "If-Match: \"1\"\r\n").status, 412);
    EXPECT_EQ(exchange(app.http(), method, list, list + "?limit=x").status, 400);
    EXPECT_EQ(exchange(app.http(), method, list, list + "?after=x").status, 400);
    EXPECT_EQ(exchange(app.http(), method, note, location, "If-None-Match: *\r\n").status, 304);
    EXPECT_EQ(exchange(app.http(), method, note, location, "If-Match: \"9\"\r\n").status, 412);
    EXPECT_EQ(exchange(app.http(), method, note, missing).status, 404);
  }
  EXPECT_EQ(exchange(app.http(), "POST", list, list, std::string(as_json) + "If-None-Match: *\r\n", draft).status, 412);
  const auto if_nine = std::string(as_json) + "If-Match: \"9\"\r\n";
  EXPECT_EQ(exchange(app.http(), "PUT", note, location, if_nine, draft).status, 412);
  EXPECT_EQ(exchange(app.http(), "PUT", note, missing, as_json, draft).status, 404);
  EXPECT_EQ(exchange(app.http(), "DELETE", note, location, "If-Match: \"9\"\r\n").status, 412);
  EXPECT_EQ(exchange(app.http(), "DELETE", note, missing).status, 404);
  EXPECT_EQ(exchange(app.http(), "DELETE", note, location).status, 204);

  const auto index = app.directory() / "notes.db-shm";
  std::filesystem::resize_file(index, 0);  // neither reads nor writes any more
  for (const auto& one : all) {
    if (!one.pattern.starts_with("/v1/") || one.method == "OPTIONS") continue;
    EXPECT_EQ(exchange(app.http(), one.method, one.pattern, one.target, one.fields, one.body).status, 503);
  }

  // What needs no store is answered 503 only at the hard end of a stop.
  const auto is_not_provoked = [](const api_description::operation& one, std::string_view status) {
    const bool asks_store = one.path.starts_with("/v1/") && one.method != "options";
    return status == "500" || status == "default" || (status == "503" && !asks_store);
  };
  std::set<std::string> described;
  for (const auto& one : api.operations()) {
    for (const auto& answer : one.what->at("responses").as_object()) {
      if (is_not_provoked(one, answer.key())) continue;
      described.insert(one.method + ' ' + one.path + ' ' + std::string(answer.key()));
    }
  }
  EXPECT_THAT(seen, UnorderedElementsAreArray(described));
}

}  // namespace
}  // namespace sundown::test
