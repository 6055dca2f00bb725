// A whole service in the process of its test: what it promises beside what the tests of services show.
#include <sundown/blocking.hpp>
#include <sundown/error.hpp>
#include <sundown/http/json.hpp>
#include <sundown/http/router.hpp>
#include <sundown/log.hpp>
#include <sundown/testing/eventually.hpp>
#include <sundown/testing/googletest.hpp>
#include <sundown/testing/in_process.hpp>

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <stdexcept>
#include <utility>

namespace shop {
namespace {

namespace harness = sundown::testing;
using harness::get;
using harness::in_process;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

struct settings {
  int page = 50;
  std::string name = "shop";
};

sundown::keys<settings> keys() {
  sundown::keys<settings> own("shop");
  own.number(&settings::page, "page", 1, 500, "Goods in one answer").text(&settings::name, "name", "Over the door");
  return own;
}

sundown::program identity() { return {"shop", "1.2.3", "Sells."}; }

/// Says in the log when it is closed.
struct till {
  boost::asio::awaitable<void> close() {
    sundown::log::info("till closed");
    co_return;
  }
};

void build(sundown::service& app, const settings& given) {
  app.add<till>("till");
  app.routes().get("/page", [given](const sundown::http::request&) {
    return sundown::http::text(given.name + ' ' + std::to_string(given.page));
  });
}

std::string page_of(const in_process& app) { return app.ask(get("/page")).body; }

// Settings go over the text of a file, and that over the defaults; the ports are free ones whatever the text says.
TEST(InProcess, IsConfiguredByTextAndSettings) {
  EXPECT_EQ(page_of(in_process(identity(), keys(), build)), "shop 50");
  const std::string text = "[shop]\npage = 7\nname = \"corner\"\n[http]\nport = 1\n";
  EXPECT_EQ(page_of(in_process(identity(), keys(), build, {.settings = {}, .text = text})), "corner 7");
  EXPECT_EQ(page_of(in_process(identity(), keys(), build, {.settings = {{"shop.page", "8"}}, .text = text})),
            "corner 8");
}

// The environment of the test has no say.
TEST(InProcess, ReadsNoEnvironment) {
  ::setenv("SHOP_SHOP__PAGE", "9", 1);
  EXPECT_EQ(page_of(in_process(identity(), keys(), build)), "shop 50");
  ::unsetenv("SHOP_SHOP__PAGE");
}

// A faulty configuration is an exception that says all of what is wrong.
TEST(InProcess, RefusesAFaultyConfiguration) {
  const harness::in_process_options faulty{.settings = {{"shop.page", "0"}, {"shop.paeg", "1"}}, .text = "x = 1\n"};
  EXPECT_THAT([&] { in_process(identity(), keys(), build, faulty); },
              ThrowsMessage<sundown::startup_error>(
                  AllOf(HasSubstr("shop.paeg: names no key"), HasSubstr("SHOP_SHOP__PAGE"), HasSubstr("x"))));
}

// What the build function throws comes out of the constructor, after what it had built was taken down; another service
// can be started then.
TEST(InProcess, HandsOnWhatTheBuildThrows) {
  const auto broken = [](sundown::service& app) {
    app.add<till>("till");
    throw std::domain_error("no goods");
  };
  EXPECT_THAT([&] { in_process(identity(), broken); }, ThrowsMessage<std::domain_error>("no goods"));
  EXPECT_EQ(page_of(in_process(identity(), keys(), build)), "shop 50");
}

// As many after each other as there are, but one at a time.
TEST(InProcess, RunsOneAfterAnother) {
  for (int i = 1; i <= 5; ++i) {
    in_process app(identity(), keys(), build, {.settings = {{"shop.page", std::to_string(i)}}});
    EXPECT_EQ(page_of(app), "shop " + std::to_string(i));
    EXPECT_THROW(in_process(identity(), keys(), build), std::logic_error);
    if (i % 2 == 0) {
      EXPECT_EQ(app.stop().exit_code, 0);
    }
  }
}

// The stop is the service's own, with its report and the last line of the log; a second one changes nothing.
TEST(InProcess, ReportsItsStop) {
  in_process app(identity(), keys(), build);
  EXPECT_TRUE(app.wait_line(R"("message":"ready")"));
  const auto& report = app.stop();
  EXPECT_EQ(report.exit_code, 0);
  EXPECT_EQ(report.trigger, "the test");
  EXPECT_THAT(report.closers, SizeIs(4)) << "till, blocking pool, workers, admin";
  EXPECT_THAT(app.log(), HasSubstr("till closed"));
  EXPECT_THAT(app.lines().back(), HasSubstr("shutdown report"));
  EXPECT_EQ(&app.stop(), &report);
  harness::raw_client client;
  EXPECT_EQ(client.connect(app.http()), harness::connecting::refused);
}

// A request under way is answered, as the last of its connection.
TEST(InProcess, FinishesWhatIsUnderWay) {
  // Whether the service has read that half, or even accepted, when the stop comes: there is time for the other one.
  const harness::in_process_options patient{
      .settings = {{"shutdown.idle_grace", "4s"}, {"shutdown.header_grace", "4s"}}, .text = {}};
  in_process app(identity(), keys(), build, patient);
  harness::raw_client client;
  ASSERT_EQ(client.connect(app.http()), harness::connecting::connected);
  client.send("GET /page HTTP/1.1\r\nHost: te");
  app.begin_stop();
  client.send("st\r\n\r\n");
  const auto answer = client.read_response();
  EXPECT_EQ(answer.body, "shop 50") << answer.describe();
  EXPECT_EQ(app.wait_end().exit_code, 0);
}

// Who is told to stop by the admin listener stops, without the test.
TEST(InProcess, CanStopByItself) {
  in_process app(identity(), keys(), build);
  EXPECT_EQ(app.ask_admin(harness::post("/admin/shutdown", "")).status, 202);
  EXPECT_EQ(app.wait_end().trigger, "POST /admin/shutdown");
}

// The signals of the process are its own.
TEST(InProcess, LeavesSignalsAlone) {
  struct sigaction before{}, during{};
  ::sigaction(SIGTERM, nullptr, &before);
  in_process app(identity(), keys(), build);
  ::sigaction(SIGTERM, nullptr, &during);
  EXPECT_EQ(during.sa_handler, before.sa_handler);
}

// What a handler awaits ends with the time of its request: a call that still waits for a thread then is never begun.
TEST(InProcess, ACallIsNotBegunForARequestThatIsOver) {
  std::promise<void> release;
  std::atomic<int> begun{0};
  const auto released = release.get_future().share();
  const in_process app(identity(),
                       [&](sundown::service& to) {
                         to.routes().get(
                             "/call", [&](const sundown::http::request&) -> sundown::task<sundown::http::response> {
                               auto work = [&]() -> sundown::result<int> {
                                 released.wait();
                                 return ++begun;
                               };
                               const auto done = co_await to.blocking().call(std::move(work), std::chrono::seconds(60));
                               co_return done ? sundown::http::text("done") : sundown::http::problem(done.error());
                             });
                       },
                       {.settings = {{"http.request_timeout", "2s"}, {"storage.blocking.threads", "1"}}, .text = {}});
  for (const auto* which : {"runs", "waits"}) {
    const auto late = app.ask(get("/call"));
    EXPECT_EQ(late.status, 503) << which;
    EXPECT_EQ(late.field("retry-after"), "1") << which;
  }
  release.set_value();
  EXPECT_EQ(app.ask(get("/call")).body, "done");
  EXPECT_EQ(begun, 2);
  EXPECT_TRUE(harness::eventually(harness::ample, [&] {
    const auto figures = app.ask_admin(get("/metrics")).body;
    return figures.find("shop_request_timeouts_total{method=\"GET\",route=\"/call\"} 2") != figures.npos;
  }));
}

// The start tells of routes whose own time limit a stop would cut short, and of no others.
TEST(InProcess, TellsOfRoutesThatAStopMayCut) {
  in_process app(identity(), [](sundown::service& to) {
    sundown::http::route_options longer, unlimited, brief;
    longer.timeout = std::chrono::seconds(20);
    unlimited.timeout = std::chrono::seconds(0);
    brief.timeout = std::chrono::seconds(2);
    const auto answer = [](const sundown::http::request&) { return sundown::http::text("here"); };
    to.routes().get("/longer", answer, longer);
    to.routes().get("/unlimited", answer, unlimited);
    to.routes().get("/brief", answer, brief);
    to.routes().get("/usual", answer);
  });
  app.stop();  // the log is whole then
  const auto log = app.log();
  EXPECT_THAT(log, HasSubstr("\"route\":\"/longer\",\"timeout\":\"20s\",\"hard_cancel\":\"4.5s\""));
  EXPECT_THAT(log, HasSubstr("\"route\":\"/unlimited\",\"timeout\":\"0s\""));
  EXPECT_THAT(log, testing::Not(testing::AnyOf(HasSubstr("/brief"), HasSubstr("/usual"))));
}

}  // namespace
}  // namespace shop
