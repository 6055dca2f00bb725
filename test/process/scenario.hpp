#pragma once

#include "support/service.hpp"
#include "support/testing.hpp"

#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// What the scenarios of this folder share. A fault of the scene itself (the service doesn't start, a client can't
/// connect) throws, which fails the test with the text.
namespace sundown::test {

using settings = std::map<std::string, std::string>;

/// Options with these settings over the defaults of the tests.
inline service_options with(settings environment) {
  service_options options;
  options.environment = std::move(environment);
  return options;
}

/// These settings with a stop that waits longer for its clients than a busy machine ever lets them be late: for tests
/// of what a stop does. Nothing takes longer by it unless a client stays away.
inline settings patient(settings more = {}) {
  more.insert({{"SUNDOWN_SHUTDOWN__TOTAL", "3m"},
               {"SUNDOWN_SHUTDOWN__IDLE_GRACE", "1m"},
               {"SUNDOWN_SHUTDOWN__HEADER_GRACE", "1m"},
               {"SUNDOWN_SHUTDOWN__STALL_LIMIT", "1m"},
               {"SUNDOWN_SHUTDOWN__STREAM_GRACE", "1m"},
               {"SUNDOWN_SHUTDOWN__WEBSOCKET_GRACE", "1m"},
               {"SUNDOWN_HTTP__HEADER_TIMEOUT", "1m"},
               {"SUNDOWN_HTTP__REQUEST_TIMEOUT", "2m"},
               {"SUNDOWN_HTTP__BODY_GRACE", "3m"}});
  return more;
}

/// The same for answers whose head has gone out before the stop: none of them says close, so that their connections are
/// idle behind them, and end by that grace.
inline settings patient_with_answers(settings more = {}) {
  more.insert({"SUNDOWN_SHUTDOWN__IDLE_GRACE", "500ms"});
  return patient(std::move(more));
}

/// Within this an exit comes that nothing holds up, also on a busy machine; far less than a patient stop's graces, and
/// than the time after which any stop cuts what is left. What it takes on a quiet machine is said by the tests that run
/// alone.
inline constexpr milliseconds promptly = slack(8s);

/// A service that is ready.
class running : public service {
 public:
  explicit running(const service_options& options = {}) : service(options) { must_be_ready(); }

  void must_be_ready() {
    if (!wait_ready()) throw std::runtime_error("the service did not become ready\n" + log());
  }
};

/// Waits until the service has noticed the signal: a moment passes before it does, and what it answers in that moment
/// rightly doesn't say close.
inline void await_stop(const service& app) {
  if (!eventually(ample, [&] { return ask(app.admin(), get("/ready")).status == 503; }))
    throw std::runtime_error("it is still ready\n" + app.log());
}

inline void stop(service& app, int signal) {
  app.signal(signal);
  await_stop(app);
}

/// Waits for the exit, which must come within `limit` of the last signal and with this code.
inline exit_report expect_exit(service& app, int code, milliseconds limit) {
  const auto end = app.wait_exit(ample + limit);
  if (!end) throw std::runtime_error("the service did not exit\n" + app.log());
  EXPECT_EQ(end->code, code) << end->describe();
  EXPECT_LE(end->after_signal, limit) << end->describe();
  return *end;
}

inline raw_client connected(const endpoint& where, int receive_buffer = 0) {
  raw_client client;
  client.set_receive_buffer(receive_buffer);
  if (const auto how = client.connect(where); how != connecting::connected)
    throw std::runtime_error(std::string("connect: ") + to_string(how));
  return client;
}

/// As many connections, each with this much of a request sent on it.
inline std::vector<raw_client> connect_each(const endpoint& where, std::size_t count, std::string_view bytes = {}) {
  std::vector<raw_client> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(connected(where));
    if (clients.back().send(bytes) != sending::sent) throw std::runtime_error("send failed");
  }
  return clients;
}

/// A whole 200, the last of its connection, which then ends in order.
inline void expect_last_answer(raw_client& client, milliseconds limit = ample) {
  const auto answer = client.read_response(limit);
  EXPECT_TRUE(answer.whole()) << answer.describe();
  EXPECT_EQ(answer.status, 200) << answer.describe();
  EXPECT_TRUE(answer.says_close()) << answer.describe();
  const auto end = client.read_until_end(limit);
  EXPECT_EQ(end, ending::fin) << to_string(end);
}

/// How long a test waits for many answers, as a machine that does other things gives them.
inline constexpr milliseconds for_many = 4 * ample;

/// Requests that are under way for as long as the test wants: uploads whose last byte is missing.
class held_requests {
 public:
  held_requests(const endpoint& where, std::size_t count)
      : clients_(connect_each(where, count, std::string_view(request).substr(0, request.size() - 1))) {}

  /// Sends what is missing: each gets its answer, the last of its connection.
  void finish() {
    for (auto& client : clients_)
      EXPECT_EQ(client.send(std::string_view(request).substr(request.size() - 1)), sending::sent);
    for (auto& client : clients_) expect_last_answer(client);
  }

 private:
  inline static const std::string request = post("/demo/upload", "held until it is let go", "text/plain");
  std::vector<raw_client> clients_;
};

/// The shortest time of at most five runs; one within the bound is enough. For bounds so tight that another load on
/// the machine breaks them now and then: noise only ever adds. Whatever else a run expects must hold each time. Its
/// tests run alone (CMakeLists.txt).
template <class Run>
milliseconds fastest(milliseconds bound, Run run) {
  auto best = milliseconds::max();
  for (int i = 0; i < 5 && best > bound; ++i) best = std::min(best, milliseconds(run()));
  return best;
}

}  // namespace sundown::test
