// Calls that go wrong: each ends with an error that says what it was, none twice that may not be.
#include "http_client/fixture.hpp"
#include "http_client/resolver.hpp"

#include <atomic>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using http_client::request;
using testing::HasSubstr;

const std::string nothing_listens = "http://127.0.0.1:1";

error fault_of(const result<http_client::answer>& got) { return got ? error{} : got.error(); }

// However few bytes of an answer come before its end, it is no answer; and the call isn't repeated on a new connection.
TEST(HttpFaults, AnswerCutAtEachByte) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\n\r\nabc";
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  const std::string behind_an_interim_one = "HTTP/1.1 100 Continue\r\n\r\n" + answer;
  for (const auto& bytes : {answer, chunked, behind_an_interim_one}) {
    std::atomic<std::size_t> cut{0};
    std::atomic<bool> reset{false};
    const scripted_server server([&](peer& client, int) {
      client.read_request();
      client.send(bytes.substr(0, cut));
      if (reset) client.reset();
    });
    http_calls calls;
    for (cut = 0; cut < bytes.size(); ++cut) {
      for (const bool how : {false, true}) {
        reset = how;
        const auto got = calls.get(server.url());
        ASSERT_FALSE(got) << "cut at " << cut;
        EXPECT_EQ(got.error().code, errc::unavailable);
        EXPECT_THAT(got.error().detail, HasSubstr("http://127.0.0.1:" + std::to_string(server.port()) + ": "));
      }
    }
    EXPECT_EQ(server.connections(), 2 * static_cast<int>(bytes.size()));
  }
}

struct wrong_answer {
  const char* bytes;
  const char* said;
};

class WrongAnswers : public testing::TestWithParam<wrong_answer> {};

// What is no HTTP/1.1 is named; the connection is not used again.
TEST_P(WrongAnswers, AreNamed) {
  const scripted_server server([](peer& client, int) {
    client.read_request();
    client.send(GetParam().bytes);
    client.wait_end();
  });
  http_calls calls;
  const auto got = calls.get(server.url());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, errc::unavailable);
  EXPECT_THAT(got.error().detail, HasSubstr(GetParam().said));
  EXPECT_TRUE(eventually(ample, [&] { return calls.client.connections() == 0; }));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongAnswers,
    testing::Values(wrong_answer{"garbage\r\n\r\n", "no HTTP/1.1"},
                    wrong_answer{"SSH-2.0-OpenSSH_9\r\n", "no HTTP/1.1"},
                    wrong_answer{"HTTP/2.0 200 OK\r\n\r\n", "no HTTP/1.1"},
                    wrong_answer{"HTTP/1.1 2xx OK\r\n\r\n", "no HTTP/1.1"},
                    wrong_answer{"HTTP/1.1 002 OK\r\n\r\n", "no HTTP/1.1 (its status is 2)"},
                    wrong_answer{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "no HTTP/1.1"},
                    wrong_answer{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "no HTTP/1.1"},
                    wrong_answer{"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "no HTTP/1.1"},
                    wrong_answer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "no HTTP/1.1"},
                    wrong_answer{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
                                 "changed the protocol"}));

// A head without an end takes no more memory than its limit.
TEST(HttpFaults, HugeHead) {
  const scripted_server server([](peer& client, int) {
    client.read_request();
    std::string line = "X: " + std::string(1000, 'x') + "\r\n";
    client.send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 1000 && client.send(line); ++i) {
    }
  });
  http_calls calls;
  EXPECT_THAT(fault_of(calls.get(server.url())).detail, HasSubstr("larger than 65536 bytes"));
}

// A body is taken up to the limit, and not a byte beyond.
TEST(HttpFaults, LargeBody) {
  const scripted_server fits(answers(whole(std::string(1000, 'x'))));
  const scripted_server too_large(answers(whole(std::string(1001, 'x'))));
  auto how = patient_client();
  how.answer_limit = 1000;
  http_calls calls(how);
  EXPECT_TRUE(calls.get(fits.url()));
  const auto fault = fault_of(calls.get(too_large.url()));
  EXPECT_EQ(fault.code, errc::unavailable);
  EXPECT_THAT(fault.detail, HasSubstr("larger than 1000 bytes"));
}

// Its begin is an answer for who wants no more of it; the connection goes with the rest.
TEST(HttpFaults, CutBody) {
  const scripted_server server(answers(whole(std::string(1001, 'x'))));
  auto how = patient_client();
  how.answer_limit = 1000;
  http_calls calls(how);
  for (int connections = 1; connections <= 2; ++connections) {
    http_client::request what(http::verb::get, server.url());
    what.cut_if_large = true;
    const auto got = calls.send(std::move(what));
    ASSERT_TRUE(got) << got.error().detail;
    EXPECT_EQ(got->status, 200U);
    EXPECT_EQ(got->body, std::string(1000, 'x'));
    EXPECT_TRUE(got->cut);
    EXPECT_EQ(server.connections(), connections);
  }
}

// A server that says nothing, or a byte now and then: the call ends in its time, and the server sees it go.
TEST(HttpFaults, SilentServer) {
  std::atomic<int> gone{0};
  const scripted_server server([&](peer& client, int number) {
    client.read_request();
    if (number == 1) client.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na");
    client.wait_end();
    ++gone;
  });
  http_calls calls;
  for (int i = 0; i < 2; ++i) {
    const auto begun = clock::now();
    const auto fault = fault_of(calls.send(request(http::verb::post, server.url(), "a/b", "c").within(1s)));
    EXPECT_EQ(fault.code, errc::timed_out);
    EXPECT_THAT(fault.detail, HasSubstr("no answer within 1000 ms; whether it was carried out is not known"));
    EXPECT_GE(clock::now() - begun, 1s);
    EXPECT_LT(clock::now() - begun, ample / 2);
  }
  EXPECT_TRUE(eventually(ample, [&] { return gone == 2; }));
}

// A caller that is cancelled is released at once, and its request given up before the server answers.
TEST(HttpFaults, CancelledCaller) {
  std::atomic<int> asked{0}, gone{0};
  const scripted_server server([&](peer& client, int) {
    client.read_request();
    ++asked;
    client.wait_end();
    ++gone;
  });
  http_calls calls;
  asio::cancellation_signal signal;
  auto got = calls.worker.start(calls.client.get(server.url()), signal);
  ASSERT_TRUE(eventually(ample, [&] { return asked == 1; }));
  calls.worker.cancel(signal);
  EXPECT_EQ(fault_of(await(std::move(got))).code, errc::canceled);
  EXPECT_TRUE(eventually(ample, [&] { return gone == 1; }));
  EXPECT_TRUE(eventually(ample, [&] { return calls.client.connections() == 0; }));
}

// -- connections that were kept, and are gone when they are wanted

/// Answers the first request of each connection, then closes it while the next one is on its way.
scripted_server::script closes_on_the_second(std::atomic<int>& carried_out) {
  return [&](peer& client, int) {
    if (client.read_request().empty()) return;
    ++carried_out;
    client.send(whole("x"));
    if (!client.read_request().empty()) client.reset();
  };
}

// A GET that meets a connection which breaks before a byte of its answer is sent again, once, on a new one.
TEST(HttpFaults, StaleConnectionIsTriedOnce) {
  std::atomic<int> carried_out{0};
  const scripted_server server(closes_on_the_second(carried_out));
  http_calls calls;
  for (int i = 0; i < 5; ++i) {
    const auto got = calls.get(server.url());
    ASSERT_TRUE(got) << got.error().detail;
  }
  EXPECT_EQ(carried_out, 5);
  EXPECT_EQ(calls.client.retried(), 4U);
}

// A POST isn't: the server may have carried it out.
TEST(HttpFaults, StaleConnectionLosesAPost) {
  std::atomic<int> carried_out{0};
  const scripted_server server(closes_on_the_second(carried_out));
  http_calls calls;
  ASSERT_TRUE(calls.post(server.url()));
  const auto fault = fault_of(calls.post(server.url()));
  EXPECT_EQ(fault.code, errc::unavailable);
  EXPECT_THAT(fault.detail, HasSubstr("whether it was carried out is not known"));
  EXPECT_EQ(carried_out, 1);
  EXPECT_EQ(calls.client.retried(), 0U);
  EXPECT_EQ(server.connections(), 1);
}

// A connection that the server has closed in the meantime is not used, so that a POST loses nothing by it.
TEST(HttpFaults, ClosedConnectionIsSeenBefore) {
  std::atomic<int> closed{0};
  const scripted_server server([&](peer& client, int) {
    client.read_request();
    client.send(whole("x"));
    client.half_close();
    ++closed;
    client.wait_end();
  });
  http_calls calls;
  for (int i = 0; i < 3; ++i) {
    const auto got = calls.post(server.url());
    ASSERT_TRUE(got) << got.error().detail;
    ASSERT_TRUE(eventually(ample, [&] { return closed == i + 1; }));
  }
  EXPECT_EQ(server.connections(), 3);
}

// A first connection that breaks is not tried again, whatever the method: that would be a server in trouble.
TEST(HttpFaults, NewConnectionIsNotTriedAgain) {
  const scripted_server server([](peer& client, int) { client.read_request(); });
  http_calls calls;
  EXPECT_THAT(fault_of(calls.get(server.url())).detail, HasSubstr("closed the connection without an answer"));
  EXPECT_EQ(server.connections(), 1);
}

// An answer that comes before the request is sent whole, from a server that then reads no more, is the answer.
TEST(HttpFaults, EarlyAnswer) {
  const scripted_server server([](peer& client, int) {
    client.send(whole("too large", "Connection: close\r\n", "413 Payload Too Large"));
    client.half_close();
    client.wait_end();
  });
  http_calls calls;
  const auto got = calls.post(server.url(), std::string(8 << 20, 'x'));
  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->status, 413U);
}

// -- no connection at all

TEST(HttpFaults, NobodyListens) {
  http_calls calls;
  const auto fault = fault_of(calls.get(nothing_listens));
  EXPECT_EQ(fault.code, errc::unavailable);
  EXPECT_THAT(fault.detail, HasSubstr(nothing_listens + ": Connection refused"));
}

TEST(HttpFaults, NameThatIsNone) {
  http_calls calls;
  // A label is at most 63 bytes (RFC 1035 §2.3.4): no name server is asked, which may be slow or not there.
  const auto nowhere = "http://" + std::string(64, 'n') + ".invalid";
  const auto fault = fault_of(calls.get(nowhere + '/'));
  EXPECT_EQ(fault.code, errc::unavailable);
  EXPECT_THAT(fault.detail, HasSubstr(nowhere + ": its name can't be resolved"));
}

// Nothing is listened to: the first word is that of the address that failed, the call goes to the one that answers.
TEST(HttpFaults, AllAddressesAreTried) {
  const scripted_server server(answers(whole("x")));  // on IPv4 alone; the name has both, in any order
  http_calls calls;
  const auto got = calls.get("http://localhost:" + std::to_string(server.port()) + "/");
  ASSERT_TRUE(got) << got.error().detail;
}

// The families take turns.
TEST(HttpFaults, AddressesAreInterleaved) {
  using asio::ip::make_address;
  using asio::ip::tcp;
  const auto at = [](const char* address) { return tcp::endpoint(make_address(address), 1); };
  const http_client::addresses given{at("::1"), at("::2"), at("::3"), at("1.1.1.1"), at("2.2.2.2")};
  const http_client::addresses expected{at("::1"), at("1.1.1.1"), at("::2"), at("2.2.2.2"), at("::3")};
  EXPECT_EQ(http_client::interleaved(given), expected);
}

// -- the end

// close() awaits what is under way, names it, and refuses what comes later; cancelled, it doesn't wait for good.
TEST(HttpFaults, CloseAwaitsTheCallsUnderWay) {
  std::atomic<bool> go{false};
  std::atomic<int> asked{0};
  const scripted_server server([&](peer& client, int) {
    client.read_request();
    ++asked;
    eventually(ample, [&] { return go.load(); });
    client.send(whole("x"));
  });
  http_calls calls;
  auto got = calls.begin(request(http::verb::get, server.url("/slow?token=secret")));
  ASSERT_TRUE(eventually(ample, [&] { return asked == 1; }));
  asio::cancellation_signal signal;
  auto given_up = calls.worker.start(calls.client.close(), signal);
  ASSERT_TRUE(eventually(ample, [&] { return fault_of(calls.get(server.url())).code == errc::canceled; }));
  EXPECT_EQ(calls.client.waiting_for(), "1 call: GET " + server.url("/slow"));
  calls.worker.cancel(signal);
  EXPECT_THROW(await(std::move(given_up)), boost::system::system_error);
  auto closed = calls.worker.start(calls.client.close());
  EXPECT_EQ(closed.wait_for(50ms), std::future_status::timeout);
  go = true;
  await(std::move(closed));
  EXPECT_TRUE(await(std::move(got)));
  EXPECT_EQ(calls.client.connections(), 0U);
}

// Without a close() nobody is left waiting.
TEST(HttpFaults, AbandonReleasesWhoWaits) {
  std::atomic<int> asked{0};
  const scripted_server server([&](peer& client, int) {
    client.read_request();
    ++asked;
    client.wait_end();
  });
  worker_thread worker;
  http_client::client client(patient_client());
  auto got = worker.start(client.get(server.url()));
  ASSERT_TRUE(eventually(ample, [&] { return asked == 1; }));
  client.abandon();
  EXPECT_EQ(fault_of(await(std::move(got))).code, errc::canceled);
}

}  // namespace
}  // namespace sundown::test
