// Instances behind HAProxy, with the files of config/haproxy as they are shipped. All of it in a network namespace of
// its own: so the ports of that file are free, and no other machine hears of it.
#include "balancer/load.hpp"
#include "balancer/own_network.hpp"
#include "process/scenario.hpp"
#include "support/testing.hpp"
#include "wire/certificates.hpp"
#include "wire/tls_client.hpp"

#include <gmock/gmock.h>

#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <thread>

namespace sundown::test {
namespace {

constexpr std::array addresses{"127.0.0.11", "127.0.0.12", "127.0.0.13"};
constexpr std::array names{"one", "two", "three"};
const endpoint front{"127.0.0.1", 8000}, statistics{"127.0.0.1", 8404};

// Fewer under sanitizers: they are after other faults than those of timing. A busy machine may take too long for
// enough.
constexpr bool plain = slack(1s) == 1s;
constexpr std::size_t rounds = plain ? 3 : 1, enough = plain ? 50'000 : 1'000, least = enough / 50;

service_options instance(const char* address) {
  return with({{"SUNDOWN_HTTP__ADDRESS", address},
               {"SUNDOWN_HTTP__PORT", "8080"},
               {"SUNDOWN_HTTP__TRUSTED_PROXIES", "127.0.0.0/8"},
               {"SUNDOWN_HTTP__PROXY_PROTOCOL", "require"},
               {"SUNDOWN_ADMIN__ADDRESS", address},
               {"SUNDOWN_ADMIN__PORT", "8081"},
               {"SUNDOWN_LOG__ACCESS", "false"},
               // HAProxy looks twice a second, and uses the connections that it has; on a busy machine it may be late:
               // longer than its inter and timeout check together, as the file wants it.
               {"SUNDOWN_SHUTDOWN__TOTAL", "13s"},
               {"SUNDOWN_SHUTDOWN__READY_DELAY__MIN", "4s"},
               {"SUNDOWN_SHUTDOWN__READY_DELAY__MAX", "5s"}});
}

enum class retries { as_shipped, none };

/// A copy of a configuration that has patience with instances on a busy machine: a look that is late would take all of
/// them out. `none` lets HAProxy try nothing again, not even a connection: that would hide an instance that closes its
/// port before HAProxy knows. Instances that speak TLS are asked by HTTP/2 then. What fails, HAProxy says on stderr.
std::string configuration(const char* shipped, retries allowed, const temp_dir& directory) {
  const auto copy = (directory / "haproxy.cfg").string();
  std::ifstream from(shipped);
  std::ofstream to(copy);
  for (std::string line; std::getline(from, line);) {
    if (line.starts_with("  timeout connect ")) line = "  timeout connect 10s";
    if (line.starts_with("  timeout check ")) line = "  timeout check 3s";
    if (line == "global") line += "\n  log stderr format raw daemon";
    if (line == "defaults") line += "\n  log global\n  option httplog\n  option dontlog-normal";
    if (allowed == retries::none) {
      if (line.starts_with("  retries ")) line = "  retries 0";  // without the line it is 3
      if (const auto at = line.find(" alpn http/1.1 "); at != line.npos) line.replace(at, 14, " alpn h2");
      if (line.starts_with("  retry-on ") || line.starts_with("  option redispatch")) continue;
    }
    to << line << '\n';
  }
  return copy;
}

/// The same of the one by TLS, with the figures of the other.
std::string by_http2(const temp_dir& directory) {
  auto copy = configuration(HAPROXY_TLS_CONFIG, retries::none, directory);
  std::ofstream(copy, std::ios::app) << "\nlisten statistics\n  bind 127.0.0.1:8404\n  stats enable\n  stats uri /\n";
  return copy;
}

certificate named(const char* name) {
  certificate_content content(name);
  content.names = std::string("DNS:") + name;
  return certificate(content);
}

command balancer(const std::string& configuration) {
  command what;
  what.program = haproxy;
  what.arguments = {"-db", "-f", configuration};
  what.environment = {"HAPROXY_BIND=127.0.0.1:8000"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string name = names[i];
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    what.environment.push_back("SUNDOWN_" + name + "=" + addresses[i]);
  }
  return what;
}

/// HAProxy sends requests to this instance.
bool is_up(const char* name) {
  const auto all = ask(statistics, get("/;csv"), slack(2s)).body;
  const auto from = all.find(std::string("sundown,") + name + ',');
  return from != std::string::npos && all.substr(from, all.find('\n', from) - from).find(",UP,") != std::string::npos;
}

/// One instance after the other, again and again, under load: none of it fails.
void restart_in_turn(load& clients, std::deque<running>& instances, const child_process& proxy) {
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < instances.size(); ++i) {
      ASSERT_TRUE(eventually(for_many, [&] { return std::ranges::all_of(names, is_up); })) << proxy.err().text();
      instances[i].signal(SIGTERM);
      expect_exit(instances[i], 0, slack(13s));
      instances[i].restart();
      instances[i].must_be_ready();
    }
  }
  eventually(slack(200s), [&] { return clients.answered() >= enough; });
  clients.stop();
  EXPECT_GE(clients.answered(), least);
  testing::Test::RecordProperty("answered", std::to_string(clients.answered()));
  std::cout << clients.answered() << " requests answered, " << clients.failed() << " failed\n";
  EXPECT_EQ(clients.failed(), 0U) << clients.failures() << proxy.err().text();
}

void restart_in_turn(retries allowed) {
  const temp_dir directory;
  std::deque<running> instances;
  for (const auto* address : addresses) instances.emplace_back(instance(address));
  const child_process proxy(balancer(configuration(HAPROXY_CONFIG, allowed, directory)));
  ASSERT_TRUE(eventually(for_many, [] { return ask(front, get("/hello"), slack(2s)).status == 200; }))
      << proxy.err().text();
  load clients(front, 2);
  restart_in_turn(clients, instances, proxy);
}

/// Of front, by TLS; 0: there is none.
int status_by_tls() {
  tls_client client;
  if (client.connect(front) != connecting::connected || !client.handshake()) return 0;
  client.send(get("/hello"));
  return client.read_response().status;
}

service_options instance_of_tls(const char* address, const std::string& pair) {
  auto options = instance(address);
  options.environment.insert({{"SUNDOWN_HTTP__TLS__CERTIFICATE", pair},
                              {"SUNDOWN_HTTP__TLS__KEY", pair},
                              {"SUNDOWN_HTTP__TLS__PORT", "8443"}});
  return options;
}

command balancer_of_tls(const std::string& configuration, const std::string& pair, const std::string& authority) {
  auto what = balancer(configuration);
  what.environment.push_back("HAPROXY_CERTIFICATE=" + pair);
  what.environment.push_back("SUNDOWN_AUTHORITY=" + authority);
  return what;
}

class Balancer : public testing::TestWithParam<retries> {};

// Rounds in which each instance in turn is stopped and started again, under clients of every kind that retry nothing:
// not one of fifty thousand requests fails, or of as many as a busy machine answers in the time, whether HAProxy may
// try a connection again or not.
TEST_P(Balancer, RollingRestartsLoseNothing) {
  in_a_network_of_its_own(haproxy, [] { restart_in_turn(GetParam()); });
}

INSTANTIATE_TEST_SUITE_P(Retries, Balancer, testing::Values(retries::as_shipped, retries::none), [](const auto& one) {
  return std::string(one.param == retries::none ? "None" : "AsShipped");
});

// By TLS on both sides, with the instance's certificate checked: what is asked by TLS is answered by TLS, and an
// instance whose certificate is for another name gets nothing.
TEST(BalancerByTls, SpeaksTlsToInstances) {
  in_a_network_of_its_own(haproxy, [] {
    const temp_dir directory;
    const auto file = [&](const char* name) { return (directory / name).string(); };
    const certificate front_pair, right(named("sundown.internal")), wrong(named("elsewhere.internal"));
    write_file(file("front.pem"), front_pair.pem() + front_pair.key_pem());
    write_file(file("authorities.pem"), right.pem() + wrong.pem());
    std::deque<running> instances;
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& own = i == 0 ? right : wrong;
      write_file(file(names[i]), own.pem() + own.key_pem());
      instances.emplace_back(instance_of_tls(addresses[i], file(names[i])));
    }
    const child_process proxy(balancer_of_tls(HAPROXY_TLS_CONFIG, file("front.pem"), file("authorities.pem")));
    EXPECT_TRUE(eventually(for_many, [] { return status_by_tls() == 200; })) << proxy.err().text();
    instances.front().signal(SIGTERM);
    expect_exit(instances.front(), 0, slack(13s));
    EXPECT_NE(status_by_tls(), 200);
    EXPECT_TRUE(instances.back().process().out().wait_for("handshake failed"));
  });
}

// Rolling restarts by TLS in front and HTTP/2 to the instances, without retries: not one of fifty thousand fails.
TEST(BalancerByTls, RollingRestartsByHttp2LoseNothing) {
  in_a_network_of_its_own(haproxy, [] {
    const temp_dir directory;
    const certificate front_pair, own(named("sundown.internal"));
    const auto front_file = (directory / "front.pem").string(), own_file = (directory / "own.pem").string();
    write_file(front_file, front_pair.pem() + front_pair.key_pem());
    write_file(own_file, own.pem() + own.key_pem());
    std::deque<running> instances;
    for (const auto* address : addresses) instances.emplace_back(instance_of_tls(address, own_file));
    const child_process proxy(balancer_of_tls(by_http2(directory), front_file, own_file));
    ASSERT_TRUE(eventually(for_many, [] { return status_by_tls() == 200; })) << proxy.err().text();
    load clients(front, 2, load::wire::tls);
    restart_in_turn(clients, instances, proxy);
    const auto figures = ask({addresses.front(), 8081}, get("/metrics")).body;
    EXPECT_THAT(figures, testing::HasSubstr("\nsundown_http2_connections_total "));
    EXPECT_THAT(figures, testing::Not(testing::HasSubstr("\nsundown_http2_connections_total 0\n")));
  });
}

}  // namespace
}  // namespace sundown::test
