// Nobody's connection keeps a worker from the others, however fast its bytes come or go.
#include "http/fixture.hpp"
#include "http/handlers.hpp"

#include <sys/socket.h>

#include <atomic>
#include <thread>

namespace sundown::test {
namespace {

/// A millisecond of the worker's time: a client is always faster.
void work(tally& done) {
  for (const auto end = clock::now() + 1ms; clock::now() < end;) continue;
  done.add();
}

task<http::response> work_without_waiting(tally& done) {
  work(done);
  co_return text("done");
}

task<http::response> work_on_pieces(tally& done, http::body_reader& body) {
  for (;;) {
    const auto piece = co_await body.read();
    if (!piece || piece->empty()) break;
    work(done);
  }
  co_return text("done");
}

task<> work_and_write(tally& done, http::response_stream& out) {
  auto head = text({});
  co_await out.start_endless(std::move(head));
  for (;;) {
    const auto sent = co_await out.write("a small piece");
    if (!sent) break;
    work(done);
  }
}

task<> work_on_messages(tally& done, http::websocket& peer) {
  for (;;) {
    const auto got = co_await peer.read();
    if (!got) break;
    work(done);
    const auto sent = co_await peer.write(got->data);
    if (!sent) break;
  }
}

/// A client that never lets the server wait: sends the same bytes for ever, if there are any, and reads all that comes.
class saturating {
 public:
  saturating(raw_client connected, std::string first, std::string then)
      : client_(std::move(connected)),
        sender_([this, first = std::move(first), then = std::move(then)] {
          auto how = client_.send(first);
          while (how == sending::sent && !then.empty() && !ended_) how = client_.send(then, 4 * ample);
        }),
        reader_([this] {
          while (!ended_ && client_.read_some(64 << 10, 4 * ample) == ending::open) client_.received().clear();
        }) {}
  ~saturating() {
    ended_ = true;
    ::shutdown(client_.handle(), SHUT_RDWR);
    sender_.join();
    reader_.join();
  }

 private:
  raw_client client_;
  std::atomic<bool> ended_{false};
  std::thread sender_, reader_;
};

struct hog {
  const char* name;
  std::string first, then;
};

std::string many(std::string_view one) {
  std::string all;
  for (int i = 0; i < 400; ++i) all += one;
  return all;
}

const std::string handshake = get("/messages",
                                  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
const std::string endless_post = "POST /pieces HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n";

const hog hogs[] = {
    {"Upload", endless_post, std::string(256 << 10, 'u')},
    {"Stream", get("/stream"), {}},
    {"Pipeline", {}, many(get("/work"))},
    {"PipelineOfCoroutines", {}, many(get("/work-without-waiting"))},
    {"LargeAnswers", {}, many(get("/large"))},
    {"WebSocket", handshake, many({"\x81\x82\0\0\0\0hi", 8})},
};

class Fairness : public testing::TestWithParam<hog> {
 protected:
  void routes(http::router& to) {
    to.get("/turn", [this](const http::request&) { return text(std::to_string(done.count())); });
    to.post("/pieces", [this](const http::request&, http::body_reader& body) { return work_on_pieces(done, body); },
            {.body_limit = 1'000'000'000'000});
    to.get("/stream", [this](const http::request&, http::response_stream& out) { return work_and_write(done, out); });
    to.get("/work", [this](const http::request&) { return work(done), text("done"); });
    to.get("/work-without-waiting", [this](const http::request&) { return work_without_waiting(done); });
    to.get("/large", [this](const http::request&) { return work(done), text(std::string(1 << 20, 'l')); });
    to.get("/messages", [this](const http::request&, http::websocket& peer) { return work_on_messages(done, peer); });
  }

  /// Asks on new connections of a worker that other clients keep busy. What they get done between the request, which is
  /// in the worker's socket, and its turn is bounded, by far less than one of them has in the kernel's buffers, and
  /// they go on. Each of the two is counted where it is, so that it doesn't matter how late this thread is.
  void expect_turns(serving& app) {
    constexpr std::size_t bound = 400 * SUNDOWN_TEST_SLACK;
    ASSERT_TRUE(done.wait_for(3, ample));
    for (int i = 0; i < 10; ++i) {
      auto client = app.send(get("/turn"));
      const auto sent = done.count();
      const auto answer = client.read_response();
      EXPECT_EQ(answer.status, 200);
      EXPECT_LT(std::stoull("0" + answer.body), sent + bound);
      ASSERT_TRUE(done.wait_for(done.count() + 1, ample));
    }
  }

  tally done;  ///< pieces of work
};

INSTANTIATE_TEST_SUITE_P(One, Fairness, testing::ValuesIn(hogs), [](const auto& one) { return one.param.name; });

// Beside one client that never lets the worker wait, a request on a new connection has its turn.
TEST_P(Fairness, BesideOne) {
  serving app([this](http::router& to) { routes(to); });
  const saturating busy(app.connect(), GetParam().first, GetParam().then);
  expect_turns(app);
}

// So it is beside twelve: what newcomers wait for does not grow with them.
TEST_P(Fairness, BesideTwelve) {
  serving app([this](http::router& to) { routes(to); });
  std::vector<std::unique_ptr<saturating>> busy;
  for (int i = 0; i < 12; ++i) {
    busy.push_back(std::make_unique<saturating>(app.connect(), GetParam().first, GetParam().then));
  }
  expect_turns(app);
}

// The stop is heard at once beside such a client, and bounded: it is cut at the limit of its kind, by name.
TEST_P(Fairness, TheStopIsHeard) {
  setting how;
  how.plan.hard_cancel = how.plan.stream_grace = how.plan.websocket_grace = slack(200ms);
  how.plan.drain = slack(400ms);
  serving app([this](http::router& to) { routes(to); }, how);
  const saturating busy(app.connect(), GetParam().first, GetParam().then);
  ASSERT_TRUE(done.wait_for(3, ample));
  const auto end = app.begin_stop().get();
  EXPECT_LT(end.took, soon);
  for (const auto& cut : end.did.cut) EXPECT_NE(cut.why, "stuck") << cut.what;
}

}  // namespace
}  // namespace sundown::test
