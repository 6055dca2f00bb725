// Clients that keep sending requests while the service stops. No retries: what they lose is lost.
#include "process/scenario.hpp"
#include "process/stop_report.hpp"
#include "support/packet_filters.hpp"
#include "support/testing.hpp"

#include <functional>
#include <mutex>
#include <thread>

namespace sundown::test {
namespace {

constexpr int client_count = 32;

/// What clients saw, by name, from all their threads.
class sightings {
 public:
  void add(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++counts_[what];
  }
  std::map<std::string, int> counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> counts_;
};

/// Runs a client in each of 32 threads; they end by themselves once the service is gone.
class crowd {
 public:
  explicit crowd(const std::function<void()>& client) {
    for (int i = 0; i < client_count; ++i) threads_.emplace_back(client);
  }
  ~crowd() { join(); }
  void join() {
    for (auto& one : threads_)
      if (one.joinable()) one.join();
  }

 private:
  std::vector<std::thread> threads_;
};

/// What went wrong with an answer, if anything.
std::string fault_of(const reply& answer) {
  if (answer.whole() && answer.status == 200 && answer.body == "Hello, World!") return {};
  if (answer.whole()) return "wrong answer, status " + std::to_string(answer.status);
  if (answer.status == 0 && answer.end == ending::fin) return "empty reply";
  return "torn answer, then " + std::string(to_string(answer.end));
}

/// One request after the other on one connection, until an answer says close; then the connection must end in order.
void keep_alive_client(const endpoint& where, tally& connected, tally& answered, sightings& seen) {
  raw_client client;
  if (const auto how = client.connect(where); how != connecting::connected) return seen.add(to_string(how));
  connected.add();
  for (;;) {
    if (const auto how = client.send(get("/hello")); how != sending::sent)
      return seen.add("send " + std::string(to_string(how)));
    const auto answer = client.read_response();
    if (const auto fault = fault_of(answer); !fault.empty()) return seen.add(fault);
    answered.add();
    if (answer.says_close()) return seen.add("told to close, then " + std::string(to_string(client.read_until_end())));
  }
}

// 32 clients in a closed loop on their connections lose nothing, and each of them is told to close.
TEST(DrainBusy, KeepAliveClientsLoseNothing) {
  running app(with(patient()));
  tally connected, answered;
  sightings seen;
  crowd clients([&] { keep_alive_client(app.http(), connected, answered, seen); });
  EXPECT_TRUE(connected.wait_for(client_count, for_many));  // who comes later is refused, and loses nothing either
  EXPECT_TRUE(answered.wait_for(2000, for_many));
  app.signal(SIGTERM);
  clients.join();
  EXPECT_EQ(seen.counts(), (std::map<std::string, int>{{"told to close, then FIN", client_count}}));
  expect_exit(app, 0, promptly);
}

/// A new connection for every request, until one is refused.
void new_connection_client(const endpoint& where, tally& answered, sightings& seen) {
  for (;;) {
    raw_client client;
    if (const auto how = client.connect(where); how != connecting::connected) return seen.add(to_string(how));
    if (const auto how = client.send(get("/hello")); how != sending::sent)
      seen.add("send " + std::string(to_string(how)));
    const auto answer = client.read_response();
    if (const auto fault = fault_of(answer); !fault.empty()) seen.add(fault);
    answered.add();
  }
}

/// What the service may do to make a listener deaf: all; what this kernel allows a process without capabilities, as in
/// a container; or what every kernel allows.
enum class rights { all, no_capabilities, no_filter };

struct storm {
  const char* name;
  const char* address;
  rights given = rights::all;
};
class DrainStorm : public testing::TestWithParam<storm> {};

// 32 clients that open a connection for every request see whole answers and, once the port is closed, refusals: no
// resets, no empty replies, no timeouts. By IPv4 and by IPv6, whose packets the closing listener has to tell apart; and
// where the kernel refuses the filter that does so.
TEST_P(DrainStorm, NewConnectionsLoseNothing) {
  const auto& how = GetParam();
  if (raw_client().connect({how.address, 1}) == connecting::failed)
    GTEST_SKIP() << how.address << " is not there: sysctl net.ipv6.conf.lo.disable_ipv6=0";
  auto options = with(patient({{"SUNDOWN_HTTP__ADDRESS", how.address}}));
  options.without_capabilities = how.given == rights::no_capabilities;
  if (how.given == rights::no_filter) options.prepare = refuse_packet_filters;
  running app(options);
  auto where = app.http();
  if (where.address == "::") where.address = "127.0.0.1";
  tally answered;
  sightings seen;
  crowd clients([&] { new_connection_client(where, answered, seen); });
  EXPECT_TRUE(answered.wait_for(1000, for_many));
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
  clients.join();
  EXPECT_EQ(seen.counts(), (std::map<std::string, int>{{"refused", client_count}}));
}

INSTANTIATE_TEST_SUITE_P(Families, DrainStorm,
                         testing::Values(storm{"IPv4", "127.0.0.1"}, storm{"IPv6", "::1"},
                                         storm{"IPv4WithoutCapabilities", "127.0.0.1", rights::no_capabilities},
                                         storm{"IPv4WithoutFilter", "127.0.0.1", rights::no_filter},
                                         storm{"IPv6WithoutFilter", "::1", rights::no_filter},
                                         storm{"IPv4OfBothWithoutFilter", "::", rights::no_filter}),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace sundown::test
