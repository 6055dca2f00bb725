// The client as a part of a service: its figures, and the stop in the middle of calls.
#include "http_client/fixture.hpp"
#include "support/kept_spans.hpp"

#include <sundown/http/router.hpp>
#include <sundown/service.hpp>
#include <sundown/stop/background.hpp>
#include <sundown/testing/googletest.hpp>
#include <sundown/testing/in_process.hpp>
#include <sundown/trace.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <atomic>

namespace sundown::test {
namespace {

using testing::HasSubstr;

struct shop_settings {
  http_client::settings calls;
  std::string prices;
};

keys<shop_settings> shop_keys() {
  keys<shop_settings> own;
  own.include(&shop_settings::calls, http_client::keys());
  return own;
}

/// With time for each step that no test waits out.
sundown::testing::in_process_options patient_calls() {
  sundown::testing::in_process_options how;
  how.settings = {{"http_client.timeout", "20s"}, {"http_client.connect_timeout", "20s"}};
  return how;
}

// A handler that asks another service is served to its end by the stop, and the client is closed after it.
TEST(HttpClientInService, StopServesTheCallsUnderWay) {
  std::atomic<int> asked{0};
  std::atomic<bool> go{false};
  const scripted_server prices([&](peer& client, int) {
    while (!client.read_request().empty()) {
      ++asked;
      eventually(ample, [&] { return go.load(); });
      client.send(whole("7"));
    }
  });
  const auto build = [&](sundown::service& app, const shop_settings& given) {
    auto& calls = http_client::open(app, given.calls);
    app.routes().get("/price", [&calls, url = prices.url()](const http::request&) -> task<http::response> {
      const auto price = co_await calls.get(url);
      if (!price) co_return http::problem(price.error());
      co_return http::text(price->body);
    });
  };
  sundown::testing::in_process shop(program("shop", "1.0.0"), shop_keys(), build, patient_calls());
  raw_client client;
  ASSERT_EQ(client.connect(shop.http()), connecting::connected);
  client.send(get("/price"));
  ASSERT_TRUE(eventually(ample, [&] { return asked == 1; }));
  shop.begin_stop();
  ASSERT_TRUE(shop.wait_line("sessions"));
  go = true;
  EXPECT_EQ(client.read_response().body, "7");
  const auto& report = shop.wait_end();
  EXPECT_EQ(report.exit_code, 0) << shop.log();
}

// A call on behalf of a request ends with it, and passes its trace on.
TEST(HttpClientInService, CallsHaveTheTimeOfTheirRequest) {
  std::atomic<int> asked{0}, gone{0};
  std::string seen;
  const scripted_server prices([&](peer& client, int) {
    seen = client.read_request();
    ++asked;
    client.wait_end();
    ++gone;
  });
  const auto build = [&](sundown::service& app, const shop_settings& given) {
    auto& calls = http_client::open(app, given.calls);
    const auto price = [&calls, url = prices.url()](const http::request& asked_for) -> task<http::response> {
      auto what = http_client::request(http::verb::get, url).on_behalf_of(asked_for);
      const auto found = co_await calls.send(std::move(what));
      if (!found) co_return http::problem(503, found.error().detail);
      co_return http::text(found->body);
    };
    http::route_options quick;
    quick.timeout = milliseconds(1500);
    app.routes().get("/price", price, quick);
  };
  sundown::testing::in_process shop(program("shop", "1.0.0"), shop_keys(), build, patient_calls());
  const std::string trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
  const auto begun = clock::now();
  const auto answer = shop.ask(get("/price", trace + "tracestate: a=b\r\n"));
  EXPECT_EQ(answer.status, 503U);
  EXPECT_GE(clock::now() - begun, milliseconds(1500));
  EXPECT_LT(clock::now() - begun, ample);
  ASSERT_TRUE(eventually(ample, [&] { return gone == 1; }));
  EXPECT_THAT(seen, HasSubstr(trace));
  EXPECT_THAT(seen, HasSubstr("tracestate: a=b\r\n"));
}

struct sent_trace {
  std::string fields;
  bool passed_on;     ///< the trace of its first traceparent
  const char* state;  ///< that is passed on; "": none
};

// Traced or not, a service passes on the same: one traceparent, and the lines of its tracestate as one list.
TEST(HttpClientInService, TracesArePassedOnAlike) {
  const std::string trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-";
  const std::string parent = trace + "00f067aa0ba902b7-01\r\n";
  const sent_trace all[] = {
      {parent, true, ""},
      {parent + "tracestate: a=1\r\n", true, "a=1"},
      {parent + "tracestate: a=1\r\ntracestate: b=2\r\n", true, "a=1,b=2"},
      {parent + "tracestate: no list\r\n", true, ""},
      {parent + parent + "tracestate: a=1\r\n", false, ""},
      {trace + "zz-01\r\ntracestate: a=1\r\n", false, ""},
      {"tracestate: a=1\r\n", false, ""},
  };
  std::string seen;
  const scripted_server prices([&](peer& client, int) {
    for (auto request = client.read_request(); !request.empty(); request = client.read_request()) {
      seen = std::move(request);
      client.send(whole("7"));
    }
  });
  for (const bool traced : {false, true}) {
    kept_spans spans;
    const auto build = [&](sundown::service& app, const shop_settings& given) {
      if (traced) app.traces().send_to(spans);
      auto& calls = http_client::open(app, given.calls);
      app.routes().get("/price", [&calls, url = prices.url()](const http::request& asked) -> task<http::response> {
        const auto price = co_await calls.send(http_client::request(http::verb::get, url).on_behalf_of(asked));
        if (!price) co_return http::problem(price.error());
        co_return http::text(price->body);
      });
    };
    sundown::testing::in_process shop(program("shop", "1.0.0"), shop_keys(), build, patient_calls());
    for (const auto& each : all) {
      const auto about = (traced ? "traced: " : "not traced: ") + each.fields;
      ASSERT_EQ(shop.ask(get("/price", each.fields)).status, 200U) << about;
      EXPECT_EQ(seen.find(trace) != seen.npos, each.passed_on) << about << seen;
      EXPECT_EQ(seen.find("traceparent: ") != seen.npos, each.passed_on || traced) << about << seen;
      const auto state = seen.find("tracestate: ");
      const auto passed_on =
          state == seen.npos ? std::string() : seen.substr(state + 12, seen.find('\r', state) - state - 12);
      EXPECT_EQ(passed_on, each.state) << about << seen;
      EXPECT_EQ(state, seen.rfind("tracestate: ")) << about << seen;
    }
  }
}

// With tracing on, a call has a span below its request's, and the called service is told of that one.
TEST(HttpClientInService, CallsHaveSpans) {
  std::string seen;
  const scripted_server prices([&](peer& client, int) {
    seen = client.read_request();
    client.send(whole("7"));
    client.wait_end();
  });
  kept_spans sent;
  {
    const auto build = [&](sundown::service& app, const shop_settings& given) {
      app.traces().send_to(sent);
      auto& calls = http_client::open(app, given.calls);
      app.routes().get("/price", [&calls, url = prices.url()](const http::request& asked) -> task<http::response> {
        auto what = http_client::request(http::verb::get, url + "prices?a=b&sig=secret").on_behalf_of(asked);
        const auto price = co_await calls.send(std::move(what));
        if (!price) co_return http::problem(price.error());
        co_return http::text(price->body);
      });
    };
    sundown::testing::in_process shop(program("shop", "1.0.0"), shop_keys(), build, patient_calls());
    const auto answer = shop.ask(
        get("/price", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\ntracestate: a=b\r\n"));
    EXPECT_EQ(answer.status, 200U);
    const auto exemplar = "\"} 1 # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\",span_id=\"" + sent.named("GET").id();
    EXPECT_TRUE(eventually(ample, [&] {
      const auto shown = shop.ask_admin(get("/metrics", "Accept: application/openmetrics-text\r\n")).body;
      const auto family = shown.find("shop_http_client_call_duration_seconds_bucket{origin=");
      return family != shown.npos && shown.find(exemplar, family) != shown.npos;
    })) << "the call is the exemplar of its duration";
  }
  const auto server = sent.named("GET /price"), call = sent.named("GET");
  EXPECT_EQ(call.parent(), server.id());
  EXPECT_EQ(call.kind(), 3);
  EXPECT_EQ(call.attribute("http.request.method"), "GET");
  EXPECT_EQ(call.attribute("server.address"), "127.0.0.1");
  EXPECT_EQ(call.attribute("server.port"), std::to_string(prices.port()));
  EXPECT_EQ(call.attribute("url.full"), prices.url() + "prices?a=b&sig=REDACTED");
  EXPECT_EQ(call.attribute("http.response.status_code"), "200");
  EXPECT_FALSE(call.failed());
  EXPECT_THAT(seen, HasSubstr("traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-" + call.id() + "-01\r\n"));
  EXPECT_THAT(seen, HasSubstr("tracestate: a=b\r\n"));
}

// So has one of a background task, below the task's; and one that fails says so.
TEST(HttpClientInService, CallsOfTasksHaveSpans) {
  kept_spans sent;
  {
    const auto build = [&](sundown::service& app, const shop_settings& given) {
      app.traces().send_to(sent);
      auto& calls = http_client::open(app, given.calls);
      auto& tasks = app.background();
      app.routes().post("/told", [&](const http::request& asked) {
        tasks.spawn(
            "tell",
            [&calls](trace::span& own) -> asio::awaitable<void> {
              auto what = http_client::request(http::verb::get, "http://127.0.0.1:1/")
                              .on_behalf_of(call_context(clock::time_point::max(), own));
              const result<http_client::answer> told = co_await calls.async_send(std::move(what), asio::use_awaitable);
              if (!told) own.event("nobody is there");
            },
            asked.span());
        return http::text(202, "later");
      });
    };
    sundown::testing::in_process shop(program("shop", "1.0.0"), shop_keys(), build, patient_calls());
    EXPECT_EQ(shop.ask(post("/told", "{}")).status, 202U);
    EXPECT_TRUE(eventually(ample, [&] { return sent.size() == 3; }));
  }
  const auto task = sent.named("tell"), call = sent.named("GET");
  EXPECT_EQ(task.parent(), sent.named("POST /told").id());
  EXPECT_EQ(call.parent(), task.id());
  EXPECT_EQ(call.attribute("error.type"), "unavailable");
  EXPECT_TRUE(call.failed());
}

// Calls are counted by origin and outcome, beside the library's own figures.
TEST(HttpClientInService, CallsAreCounted) {
  const scripted_server prices(answers(whole("7")));
  const auto build = [&](sundown::service& app, const shop_settings& given) {
    auto& calls = http_client::open(app, given.calls);
    app.routes().get("/price", [&calls, url = prices.url()](const http::request& asked) -> task<http::response> {
      const auto where = asked.query("down") ? std::string("http://127.0.0.1:1/") : url;
      const auto price = co_await calls.get(where);
      if (!price) co_return http::problem(price.error());
      co_return http::text(price->body);
    });
  };
  sundown::testing::in_process shop(program("shop", "1.0.0"), shop_keys(), build, patient_calls());
  EXPECT_EQ(shop.ask(get("/price")).status, 200U);
  const auto failed = shop.ask(get("/price?down"));
  EXPECT_EQ(failed.status, 503U);
  EXPECT_THAT(failed.body, testing::Not(HasSubstr("127.0.0.1")));  // what failed is for the log
  const auto metrics = shop.ask_admin(get("/metrics")).body;
  EXPECT_THAT(metrics, HasSubstr("shop_http_client_calls_total{origin=\"http://127.0.0.1:" +
                                 std::to_string(prices.port()) + "\",outcome=\"answered\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("outcome=\"unavailable\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("shop_http_client_connections 1"));
  EXPECT_THAT(metrics, HasSubstr("shop_http_client_call_duration_seconds_count"));
}

}  // namespace
}  // namespace sundown::test
