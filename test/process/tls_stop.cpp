// The stop and the upgrade, seen by clients of TLS.
#include "process/lineage.hpp"
#include "process/listening_socket.hpp"
#include "process/stop_report.hpp"
#include "process/tls_scenario.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// The stop: a request over TLS that is under way is answered whole, and the connection ends by close_notify.
TEST(TlsStop, LosesNothing) {
  const pair_on_disk pair;
  running app(with(patient(pair.of_http())));
  const auto request = post("/demo/upload", "held until it is let go", "text/plain");
  auto busy = connected_by_tls(app.https()), idle = connected_by_tls(app.https());
  busy.send(request.substr(0, request.size() - 1));
  idle.send(get("/hello"));
  EXPECT_EQ(idle.read_response().status, 200);
  stop(app, SIGTERM);
  idle.send(get("/hello"));
  EXPECT_TRUE(idle.read_response().says_close());
  EXPECT_EQ(idle.read_until_end(), ending::fin);
  busy.send(request.substr(request.size() - 1));
  const auto answer = busy.read_response();
  EXPECT_EQ(answer.status, 200) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(busy.read_until_end(), ending::fin);
  expect_exit(app, 0, promptly);
}

// A handshake that is under way has header_grace for its rest: one that is finished is served, one that isn't is
// closed, and a line of the log says so. Nothing is lost: no request was promised.
TEST(TlsStop, BoundsHandshakes) {
  const pair_on_disk pair;
  running app(with(patient(pair.of_http({{"SUNDOWN_SHUTDOWN__HEADER_GRACE", "4s"}}))));
  const auto hello = tls_client::client_hello();
  auto half = connected(app.https());
  half.send(std::string_view(hello).substr(0, hello.size() / 2));
  tls_client late;
  ASSERT_EQ(late.connect(app.https()), connecting::connected);
  ASSERT_TRUE(eventually(ample, [&] {
    return ask(app.admin(), get("/metrics")).body.find("{state=\"handshake\"} 2\n") != std::string::npos;
  }));
  stop(app, SIGTERM);
  ASSERT_TRUE(late.handshake());
  late.send(get("/hello"));
  const auto answer = late.read_response();
  EXPECT_EQ(answer.status, 200) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(late.read_until_end(), ending::fin);
  EXPECT_EQ(half.read_until_end(), ending::fin);
  expect_exit(app, 0, 4s + promptly);
  EXPECT_TRUE(app.process().out().wait_for("the client did not finish it in time"));
  EXPECT_TRUE(report_of(app).cut.empty());
}

// An event stream gets its last event, and then close_notify.
TEST(TlsStop, EventStreamSaysBye) {
  const pair_on_disk pair;
  running app(with(patient_with_answers(pair.of_http())));
  auto client = connected_by_tls(app.https());
  client.send(get("/demo/events"));
  ASSERT_TRUE(client.read_until("data: ")) << client.received();
  app.signal(SIGTERM);
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_THAT(answer.body, HasSubstr("event: bye\n"));
  EXPECT_EQ(client.read_until_end(), ending::fin);
  expect_exit(app, 0, promptly);
}

// A client that reads slowly gets all of an answer that was under way.
TEST(TlsStop, SlowReaderGetsAll) {
  const pair_on_disk pair;
  running app(with(patient_with_answers(pair.of_http())));
  tls_client client;
  client.set_receive_buffer(16 << 10);
  ASSERT_EQ(client.connect(app.https()), connecting::connected);
  ASSERT_TRUE(client.handshake());
  client.send(get("/demo/bytes?n=8000000"));
  ASSERT_TRUE(client.read_until("xxx"));
  stop(app, SIGTERM);
  std::this_thread::sleep_for(200ms);  // it takes nothing for a while
  const auto answer = client.read_response();
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.body.size(), 8'000'000U);
  EXPECT_EQ(client.read_until_end(), ending::fin);
  expect_exit(app, 0, ample);
}

// An upgrade hands over the listener of TLS as well, and so does a service manager, under the name "https".
TEST(TlsStop, ListenerIsHandedOver) {
  const pair_on_disk pair;
  lineage app(with(pair.of_http()));
  const auto https = app.first().https();
  app.upgrade();
  EXPECT_EQ(ask_by_tls(https, get("/hello")).status, 200);
  app.upgrade();
  EXPECT_EQ(ask_by_tls(https, get("/hello")).status, 200);
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);

  const listening_socket one, two;
  auto options = with(pair.of_http({{"LISTEN_FDNAMES", "https:http"}}));
  options.descriptors = {one.fd(), two.fd()};
  running activated(options);
  EXPECT_EQ(activated.https().port, one.where().port);
  EXPECT_EQ(ask_by_tls(one.where(), get("/hello")).status, 200);
  EXPECT_EQ(ask(two.where(), get("/hello")).status, 200);
}

}  // namespace
}  // namespace sundown::test
