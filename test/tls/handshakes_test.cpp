// Handshakes: their time, their failures, and what they leave behind.
#include "http/held_worker.hpp"
#include "tls/serving_tls.hpp"

#include <poll.h>

#include <filesystem>
#include <random>
#include <thread>

namespace sundown::test {
namespace {

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// A client that says nothing, or stops in the middle, has header_timeout.
TEST(TlsHandshakes, HaveALimit) {
  setting how;
  how.limits.header_timeout = slack(200ms);
  serving_tls tls(basic_routes, how);
  auto silent = tls.begin(), half = tls.begin();
  const auto hello = tls_client::client_hello();
  half.send(hello.substr(0, hello.size() / 2));
  EXPECT_EQ(silent.read_until_end(), ending::fin);
  EXPECT_EQ(half.read_until_end(), ending::fin);
  EXPECT_TRUE(eventually(ample, [&] { return tls.app().server().figures().handshakes_failed == 2; }));
}

// A client in its handshake has no request under way, and holds up no other.
TEST(TlsHandshakes, AreNoRequests) {
  serving_tls tls(basic_routes);
  const auto silent = tls.begin();
  ASSERT_TRUE(tls.app().reaches("handshake"));
  EXPECT_EQ(tls.app().server().activity().requests, 0U);
  EXPECT_EQ(tls.ask(get("/hello")).status, 200);
}

// What is no TLS ends in order; a request in the clear is answered 400, which says so.
TEST(TlsHandshakes, RefuseWhatIsNoTls) {
  serving_tls tls(basic_routes);
  auto client = tls.begin(), stranger = tls.begin();
  client.send(get("/hello"));
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 400) << answer.describe();
  EXPECT_EQ(answer.body, "This port speaks TLS: ask by https://.\n");
  EXPECT_EQ(client.read_until_end(), ending::fin);
  stranger.send("SSH-2.0-OpenSSH_9.6\r\n");
  EXPECT_EQ(stranger.read_until_end(), ending::fin);
  EXPECT_EQ(stranger.received(), "");
  EXPECT_EQ(tls.app().server().figures().handshakes_failed, 2U);
}

// Handshakes that are cut at any byte, in order or by a reset, leave nothing.
TEST(TlsHandshakes, CutAtAnyByteLeaveNothing) {
  serving_tls tls(basic_routes);
  EXPECT_EQ(tls.ask(get("/hello")).status, 200);
  ASSERT_TRUE(eventually(ample, [&] { return tls.app().server().activity().connections == 0; }));
  const auto before = open_descriptors();
  std::mt19937 random(20261126);
  for (int i = 0; i < 300; ++i) {
    auto hello = tls_client::client_hello();
    if (i % 3 == 0) {
      auto& byte = hello[random() % hello.size()];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << random() % 8));
    }
    auto client = tls.begin();
    client.send(hello.substr(0, random() % (hello.size() + 1)));
    if (random() % 2 == 0) client.reset();
  }
  EXPECT_TRUE(eventually(2 * ample, [&] { return tls.app().server().activity().connections == 0; }));
  EXPECT_TRUE(eventually(ample, [&] { return open_descriptors() == before; })) << open_descriptors() << before;
  EXPECT_EQ(tls.ask(get("/hello")).status, 200);
}

// A renewal changes what new connections see, and leaves those that stand alone.
TEST(TlsHandshakes, SeeARenewal) {
  serving_tls tls(basic_routes);
  auto old = tls.connect();
  const certificate fresh(certificate_content("fresh"));
  tls.store().replace(context_of(fresh));
  auto next = tls.connect();
  EXPECT_EQ(next.server_serial(), fresh.serial());
  EXPECT_NE(old.server_serial(), fresh.serial());
  for (auto* client : {&old, &next}) {
    client->send(get("/hello"));
    EXPECT_EQ(client->read_response().status, 200);
  }
}

// At the stop a handshake has header_grace: one that is finished is served.
TEST(TlsHandshakes, HaveAGraceAtTheStop) {
  setting how;
  how.plan.header_grace = how.plan.idle_grace = ample;
  serving_tls tls(basic_routes, how);
  tls_client late;
  ASSERT_EQ(late.connect(tls.where()), connecting::connected);
  ASSERT_TRUE(tls.app().reaches("handshake"));
  auto stop = tls.app().begin_stop();
  ASSERT_TRUE(late.handshake());
  late.send(get("/hello"));
  expect_last(late);
  const auto end = stop.get();
  EXPECT_EQ(end.did.completed, 1U);
  EXPECT_TRUE(end.did.cut.empty());
}

/// Within the limit.
bool has(const tls_client& client, short event, milliseconds limit) {
  pollfd one{client.handle(), event, 0};
  return ::poll(&one, 1, static_cast<int>(limit.count())) == 1;
}

/// Lets the limit of a handshake pass while the worker is held, and sends its rest just before the worker looks at it.
/// False if it has looked before that.
bool finishes_while_held() {
  static constexpr auto limit = slack(500ms);
  held_worker worker;
  setting how;
  how.limits.header_timeout = limit;
  serving_tls tls(
      [&](http::router& to) {
        basic_routes(to);
        worker.add(to);
      },
      how);
  EXPECT_TRUE(worker.hold(tls.app()));
  tls_client late;
  EXPECT_EQ(late.connect(tls.where()), connecting::connected);
  late.begin_handshake();
  EXPECT_TRUE(worker.settle());
  EXPECT_TRUE(has(late, POLLIN, ample)) << "the server's side of it";
  std::this_thread::sleep_for(limit + 100ms);
  EXPECT_TRUE(worker.come_back());
  const bool in_time = !has(late, POLLRDHUP, 0ms);
  const bool finished = late.handshake();
  late.send(get("/hello"));
  EXPECT_TRUE(eventually(ample, [&] { return late.socket().unacknowledged() == 0; }));
  worker.release();
  if (!in_time) return false;
  EXPECT_TRUE(finished);
  EXPECT_EQ(late.read_response().status, 200);
  return true;
}

// What a client has sent in time is in time, however late its worker comes to it.
TEST(TlsHandshakes, LateWorker) { expect_once_late(finishes_while_held); }

// One that isn't ends, and nothing is lost.
TEST(TlsHandshakes, EndAtTheStop) {
  setting how;
  how.plan.header_grace = slack(300ms);
  serving_tls tls(basic_routes, how);
  auto silent = tls.begin();
  ASSERT_TRUE(tls.app().reaches("handshake"));
  auto stop = tls.app().begin_stop();
  EXPECT_EQ(silent.read_until_end(), ending::fin);
  const auto end = stop.get();
  EXPECT_GE(end.took, slack(290ms));
  EXPECT_LT(end.took, soon);
  EXPECT_EQ(end.did.completed, 0U);
  EXPECT_TRUE(end.did.cut.empty());
}

}  // namespace
}  // namespace sundown::test
