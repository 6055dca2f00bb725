// What a trace has of the sample: the request, and below it what the store does for it.
#include "app/sample.hpp"
#include "support/kept_spans.hpp"

#include <sundown/service.hpp>
#include <sundown/testing/eventually.hpp>
#include <sundown/trace.hpp>

#include <boost/json.hpp>

#include <gmock/gmock.h>

#include <algorithm>

namespace sundown::app {
namespace {

class TracesOfNotes : public sample {
 protected:
  void start_traced(settings_map settings = {}) {
    start(std::move(settings), [this](service& app, const app::settings& given) {
      app.traces().send_to(sent_);
      build(app, given);
    });
  }
  /// The span of that name, which has been sent or will be at once: an answer is written before its request has ended.
  test::kept_span named(std::string_view name) {
    EXPECT_TRUE(testing::eventually(testing::ample, [&] {
      const auto all = sent_.all();
      return std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.name() == name; });
    })) << name;
    return sent_.named(name);
  }

  test::kept_spans sent_;
};

void expect_call(const test::kept_span& call, const test::kept_span& above, std::string_view operation) {
  EXPECT_EQ(call.parent(), above.id());
  EXPECT_EQ(call.trace(), above.trace());
  EXPECT_EQ(call.kind(), 3);
  EXPECT_EQ(call.attribute("db.system.name"), "sqlite");
  EXPECT_EQ(call.attribute("db.namespace"), "storage.sqlite.path") << "the file's name, as the fixture has it";
  EXPECT_EQ(call.attribute("db.operation.name"), operation);
  EXPECT_EQ(call.attribute("db.collection.name"), "notes");
  EXPECT_LE(above.begin(), call.begin());
  EXPECT_LE(call.end(), above.end());
}

TEST_F(TracesOfNotes, HaveTheCallsOfTheStore) {
  start_traced();
  const auto made = send("POST", "/v1/notes", {}, R"({"title":"tea","body":"buy more"})");
  ASSERT_EQ(made.status, 201) << made.describe();
  ASSERT_EQ(send("GET", made.field("location").value()).status, 200);
  expect_call(named("INSERT notes"), named("POST /v1/notes"), "INSERT");
  expect_call(named("SELECT notes"), named("GET /v1/notes/{id}"), "SELECT");
}

// What a request causes after its answer is below it: the event that is told, and each attempt to deliver the
// webhook's.
TEST_F(TracesOfNotes, HaveWhatComesLater) {
  start_traced({{"notes.webhook.url", "http://127.0.0.1:1/nobody"}});
  ASSERT_EQ(send("POST", "/v1/notes", {}, R"({"title":"tea","body":"buy more"})").status, 201);
  const auto request = named("POST /v1/notes");
  EXPECT_EQ(named("publish note event").parent(), request.id());
  const auto delivery = named("deliver event");
  EXPECT_EQ(delivery.parent(), request.id());
  EXPECT_EQ(delivery.trace(), request.trace());
  EXPECT_TRUE(delivery.failed());
  EXPECT_EQ(named("POST").parent(), delivery.id());
}

// What is not found has its answer; nothing has failed.
TEST_F(TracesOfNotes, SayWhatIsMissing) {
  start_traced();
  const auto answer = send("GET", "/v1/notes/01a20348-bd5e-70f2-b608-acfd34f9afdb",
                           "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(boost::json::parse(answer.body).at("trace_id").as_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
  const auto call = named("SELECT notes"), request = named("GET /v1/notes/{id}");
  EXPECT_EQ(call.attribute("error.type"), "not_found");
  EXPECT_FALSE(call.failed());
  EXPECT_FALSE(request.failed());
}

}  // namespace
}  // namespace sundown::app
