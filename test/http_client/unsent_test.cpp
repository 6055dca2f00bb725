// Calls that end before their request is sent: their errors say so, and why it wasn't.
#include "http_client/fixture.hpp"
#include "http_client/progress.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <utility>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using http_client::progress;
using http_client::request;

using outcome = result<http_client::answer>;
using outcomes = std::future<outcome>;

constexpr auto nothing_free = ": no connection was free (connections = 1); nothing was sent";
constexpr auto being_made = ": its connection was still being made; nothing was sent";

std::string detail_of(const outcome& got) { return got ? "it was answered" : got.error().detail; }

http_client::settings one_connection() {
  auto how = patient_client();
  how.connections = 1;
  return how;
}

/// A server that keeps each request, and a client with one connection, which a first GET holds.
class UnsentCalls : public testing::Test {
 protected:
  void hold() {
    held_ = calls_.begin(request(http::verb::get, url()));
    ASSERT_TRUE(eventually(ample, [&] { return asked_ == 1; }));
  }
  void TearDown() override { calls_.client.abandon(); }
  /// Returns once the call has its place in the queue: the client's thread takes what comes in order.
  outcomes begin_queued(asio::cancellation_signal& signal) {
    auto got = calls_.worker.start(calls_.client.post(url(), "a/b", "c"), signal);
    EXPECT_TRUE(eventually(ample, [&] { return calls_.client.waiting_for().starts_with("2 calls"); }));
    EXPECT_THAT(detail_of(calls_.get(url())), testing::HasSubstr("the queue is full"));
    return got;
  }
  std::string url(const char* scheme = "http") const { return origin(scheme) + '/'; }
  std::string origin(const char* scheme = "http") const {
    return scheme + ("://127.0.0.1:" + std::to_string(server_.port()));
  }

  std::atomic<int> asked_{0};
  std::atomic<bool> blocked_{false}, go_{false};
  const scripted_server server_{[this](peer& client, int) {
    if (client.read_request().empty()) return;
    ++asked_;
    client.wait_end();
  }};
  http_client::settings how_ = [] {
    auto how = one_connection();
    how.queue = 1;
    return how;
  }();
  http_calls calls_{how_};
  outcomes held_;
};

TEST_F(UnsentCalls, LateInTheQueue) {
  hold();
  const auto got = calls_.send(request(http::verb::post, url(), "a/b", "c").within(200ms));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::timed_out);
  EXPECT_EQ(got.error().detail, origin() + ": no answer within 200 ms" + nothing_free);
  calls_.client.abandon();
  EXPECT_EQ(detail_of(await(std::move(held_))), origin() + ": given up while under way");
  EXPECT_EQ(asked_, 1);
}

// The address, the connection, TLS: of a server that says nothing, it is the handshake.
TEST_F(UnsentCalls, LateWhileConnecting) {
  const auto got = calls_.send(request(http::verb::post, url("https"), "a/b", "c").within(200ms));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::timed_out);
  EXPECT_EQ(got.error().detail, origin("https") + ": no answer within 200 ms" + being_made);
}

TEST_F(UnsentCalls, NoConnection) {
  EXPECT_EQ(detail_of(calls_.post("http://127.0.0.1:1/")), "http://127.0.0.1:1: Connection refused; nothing was sent");
}

// Who sends it again anyway is told nothing of that, sent or not.
TEST_F(UnsentCalls, ResentAnyway) {
  const auto resent = [](std::string url) {
    request made(http::verb::post, std::move(url), "a/b", "c");
    made.resent_anyway = true;
    return made;
  };
  EXPECT_EQ(detail_of(calls_.send(resent("http://127.0.0.1:1/"))), "http://127.0.0.1:1: Connection refused");
  auto got = calls_.begin(resent(url()));
  ASSERT_TRUE(eventually(ample, [&] { return asked_ == 1; }));
  calls_.client.abandon();
  EXPECT_EQ(detail_of(await(std::move(got))), origin() + ": given up while under way");
}

TEST_F(UnsentCalls, CancelledInTheQueue) {
  hold();
  asio::cancellation_signal signal;
  auto got = begin_queued(signal);
  calls_.worker.cancel(signal);
  EXPECT_EQ(detail_of(await(std::move(got))), origin() + ": given up" + nothing_free);
}

TEST_F(UnsentCalls, CancelledWhileConnecting) {
  asio::cancellation_signal signal;
  auto got = calls_.worker.start(calls_.client.post(url("https"), "a/b", "c"), signal);
  ASSERT_TRUE(eventually(ample, [&] { return server_.connections() == 1; }));
  calls_.worker.cancel(signal);
  EXPECT_EQ(detail_of(await(std::move(got))), origin("https") + ": given up" + being_made);
}

// What was sent may have been carried out; its error names the origin as any other.
TEST_F(UnsentCalls, CancelledWhileUnderWay) {
  asio::cancellation_signal signal;
  auto got = calls_.worker.start(calls_.client.post(url(), "a/b", "c"), signal);
  ASSERT_TRUE(eventually(ample, [&] { return asked_ == 1; }));
  calls_.worker.cancel(signal);
  EXPECT_EQ(detail_of(await(std::move(got))),
            origin() + ": given up while under way; whether it was carried out is not known");
}

// The end of the client tells the two apart as well.
TEST_F(UnsentCalls, Abandoned) {
  asio::cancellation_signal never;
  auto sent = calls_.begin(request(http::verb::post, url(), "a/b", "c"));
  ASSERT_TRUE(eventually(ample, [&] { return asked_ == 1; }));
  auto waits = begin_queued(never);
  calls_.client.abandon();
  EXPECT_EQ(detail_of(await(std::move(sent))),
            origin() + ": given up while under way; whether it was carried out is not known");
  EXPECT_EQ(detail_of(await(std::move(waits))), origin() + ": given up" + nothing_free);
  EXPECT_EQ(asked_, 1);
}

// A call that its caller gives up before the client has seen it, and one that a closed client refuses.
TEST_F(UnsentCalls, NeverBegun) {
  calls_.client.on_end([this](const http_client::ended_call&) {
    blocked_ = true;
    eventually(ample, [&] { return go_.load(); });
  });
  auto first = calls_.begin(request(http::verb::get, "http://127.0.0.1:1/"));
  ASSERT_TRUE(eventually(ample, [&] { return blocked_.load(); }));
  asio::cancellation_signal signal;
  auto got = calls_.worker.start(calls_.client.post(url(), "a/b", "c"), signal);
  ASSERT_TRUE(eventually(ample, [&] { return calls_.client.waiting_for().starts_with("2 calls"); }));
  calls_.worker.cancel(signal);
  EXPECT_EQ(detail_of(await(std::move(got))), origin() + ": given up before it began; nothing was sent");
  go_ = true;
  EXPECT_FALSE(await(std::move(first)));
  calls_.close();
  EXPECT_EQ(detail_of(calls_.post(url())), origin() + ": closed: no new calls; nothing was sent");
  EXPECT_EQ(asked_, 0);
}

TEST_F(UnsentCalls, Refused) {
  hold();
  asio::cancellation_signal signal;
  auto got = begin_queued(signal);
  const auto refused = calls_.post(url());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::busy);
  EXPECT_EQ(refused.error().detail,
            origin() + ": no connection was free and the queue is full (connections = 1, queue = 1); nothing was sent");
  calls_.client.abandon();
  EXPECT_FALSE(await(std::move(got)));
}

// A call that is given up takes no further step, so that what its caller was told stays true.
TEST(CallProgress, EndsWithTheCall) {
  using enum progress::step;
  progress call;
  EXPECT_TRUE(call.advance(queued));
  EXPECT_TRUE(call.advance(connecting));
  call.give_up();
  EXPECT_FALSE(call.advance(sent));
  EXPECT_EQ(call.reached(), connecting);
}

// One that waits for a second connection has been sent all the same.
TEST(CallProgress, StaysSent) {
  using enum progress::step;
  progress call;
  EXPECT_TRUE(call.advance(sent));
  EXPECT_TRUE(call.advance(queued));
  EXPECT_EQ(call.reached(), sent);
  call.give_up();
  EXPECT_EQ(call.reached(), sent);
  EXPECT_FALSE(call.advance(sent));
}

}  // namespace
}  // namespace sundown::test
