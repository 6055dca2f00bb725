#pragma once

#include "app/sample.hpp"
#include "support/api_description.hpp"

#include <cctype>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace sundown::app {

/// config/openapi.yaml, and the sample's answers held against it.
class described_sample : public sample {
 protected:
  using operation = test::api_description::operation;

  /// A request that succeeds.
  struct success {
    std::string method, pattern, target, fields, body;
  };

  static std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) c = static_cast<char>(std::tolower(c));
    return out;
  }

  /// An operation's tag is the folder of its feature, or "about".
  static std::string tag(const operation& one) { return std::string(one.what->at("tags").at(0).as_string()); }
  /// What is described, but for features whose folder is gone.
  std::vector<operation> operations() const {
    auto all = api.operations();
    std::erase_if(all, [](const operation& one) {
      return tag(one) != "about" && !std::filesystem::exists(SUNDOWN_SOURCE_DIR "/src/app/" + tag(one));
    });
    return all;
  }

  /// Asks, and compares the answer with its description.
  testing::reply exchange(const std::string& method, const std::string& pattern, const std::string& target,
                          const std::string& fields = {}, const std::string& body = {}) {
    const auto answer = send_plain(method, target, fields, body);
    compare(method, pattern, answer);
    return answer;
  }
  testing::reply exchange(const success& one) {
    return exchange(one.method, one.pattern, one.target, one.fields, one.body);
  }

  void compare(const std::string& given, const std::string& pattern, const testing::reply& answer) {
    const auto method = lower(given), status = std::to_string(answer.status);
    const auto what = method + ' ' + pattern + ' ' + status;
    for (const auto& one : api.operations()) {
      if (one.method != method || one.path != pattern) continue;
      const auto* found = one.what->at("responses").as_object().if_contains(status);
      if (!found) found = one.what->at("responses").as_object().if_contains("default");
      const auto& answers = api.resolved(*found).as_object();
      seen.insert(what);
      for (const auto& header : answers.at("headers").as_object()) {
        const auto value = answer.field(lower(header.key()));
        ASSERT_TRUE(value) << what << " has no " << header.key();
        EXPECT_EQ(api.fault(api.resolved(header.value()).at("schema"), boost::json::value(*value)), "") << what;
      }
      if (method == "head") return;
      const auto* content = answers.if_contains("content");
      EXPECT_EQ(content != nullptr, !answer.body.empty()) << what;
      if (!content) return;
      const auto& media = *content->as_object().begin();
      EXPECT_EQ(answer.field("content-type"), std::string(media.key())) << what;
      const bool is_json = std::string_view(media.key()).ends_with("json");
      const auto value = is_json ? boost::json::parse(answer.body) : boost::json::value(answer.body);
      EXPECT_EQ(api.fault(media.value().at("schema"), value), "") << what;
      return;
    }
    ADD_FAILURE() << what << " is not described";
  }

  /// The success, and what any request can be refused for, but for what comes late.
  void exchange_all(const success& one) {
    const std::pair<std::string, std::string> refusals[] = {
        {"400", "Host: second\r\n"},
        {"413", "Content-Length: 99999999\r\n"},
        {"431", "X-Large: " + std::string(10'000, 'x') + "\r\n"},
    };
    for (const auto& [status, field] : refusals) {
      if (status == "413" && !one.body.empty()) continue;
      const auto answer = exchange(one.method, one.pattern, one.target, one.fields + field, one.body);
      EXPECT_EQ(std::to_string(answer.status), status) << one.method << ' ' << one.pattern;
    }
    const auto long_target = one.target + "?" + std::string(10'000, 'x');
    EXPECT_EQ(exchange(one.method, one.pattern, long_target, one.fields, one.body).status, 414);
    if (one.method != "DELETE") exchange(one);
    if (one.body.empty()) return;
    EXPECT_EQ(exchange(one.method, one.pattern, one.target, one.fields).status, 411);
    EXPECT_EQ(exchange(one.method, one.pattern, one.target, {}, one.body).status, 415);
    EXPECT_EQ(exchange(one.method, one.pattern, one.target, one.fields, "{").status, 400);
    EXPECT_EQ(exchange(one.method, one.pattern, one.target, one.fields, "{}").status, 422);
    const std::string large(2 << 20, ' ');
    EXPECT_EQ(exchange(one.method, one.pattern, one.target, one.fields, large).status, 413);
  }

  /// Whose head takes too long gets a 408. No other request is made while that is so soon.
  void exchange_late(const std::vector<success>& all) {
    start({{"http.header_timeout", "300ms"}});
    for (const auto& one : all) {
      testing::raw_client slow;
      ASSERT_EQ(slow.connect(app().http()), testing::connecting::connected);
      slow.send(one.method + ' ' + one.target + " HTTP/1.1\r\nHost: te");
      compare(one.method, one.pattern, slow.read_response(testing::ample, one.method == "HEAD"));
    }
  }

  /// Beyond a client's rate each gets a 429, but for OPTIONS.
  void exchange_beyond_the_rate(const std::vector<success>& all) {
    start({{"http.rate_limit.requests", "1"}, {"http.rate_limit.window", "1h"}});
    send("GET", "/hello");
    for (const auto& one : all) EXPECT_EQ(exchange(one).status, one.method == "OPTIONS" ? 204 : 429);
  }

  /// "get / 200" and its like, of a tag; but for 500, which would be a bug.
  std::set<std::string> answers_of(const std::string& wanted) const {
    std::set<std::string> all;
    for (const auto& one : api.operations()) {
      if (tag(one) != wanted) continue;
      for (const auto& answer : one.what->at("responses").as_object()) {
        if (answer.key() != "500" && answer.key() != "default")
          all.insert(one.method + ' ' + one.path + ' ' + std::string(answer.key()));
      }
    }
    return all;
  }

  const test::api_description api{SUNDOWN_SOURCE_DIR "/config/openapi.yaml"};
  std::set<std::string> seen;
};

}  // namespace sundown::app
