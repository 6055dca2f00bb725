// The client's address through real proxies, HAProxy with the file that is shipped and nginx. All of it in a network
// namespace of its own, where clients may have addresses of their own.
#include "balancer/own_network.hpp"
#include "process/scenario.hpp"
#include "support/testing.hpp"

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

namespace sundown::test {
namespace {

const endpoint front{"127.0.0.1", 8000};

/// An instance behind a proxy at 127.0.0.1, where three requests a minute are let in from a client.
service_options instance(const std::string& proxy_protocol) {
  return with({{"SUNDOWN_HTTP__ADDRESS", "127.0.0.11"},
               {"SUNDOWN_HTTP__PORT", "8080"},
               {"SUNDOWN_ADMIN__ADDRESS", "127.0.0.11"},
               {"SUNDOWN_ADMIN__PORT", "8081"},
               {"SUNDOWN_HTTP__TRUSTED_PROXIES", "127.0.0.1"},
               {"SUNDOWN_HTTP__PROXY_PROTOCOL", proxy_protocol},
               {"SUNDOWN_HTTP__RATE_LIMIT__REQUESTS", "3"},
               {"SUNDOWN_HTTP__RATE_LIMIT__WINDOW", "1m"}});
}

/// The status of a request from this address; "000": no answer.
std::string status_from(const std::string& address, const std::string& more = {}) {
  const auto line = "curl -s -o /dev/null -w '%{http_code}' --max-time 10 --interface " + address + " " + more +
                    " http://127.0.0.1:8000/hello";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(line.c_str(), "re"), &::pclose);
  char text[16] = {};
  return std::fread(text, 1, sizeof text - 1, pipe.get()) > 0 ? text : "";
}

/// As the access log has it.
std::string remote(const std::string& client) { return "\"remote\":\"" + client + '"'; }

/// Clients are counted and named one by one, whatever they say of themselves.
void expect_clients_by_address(service& app) {
  ASSERT_TRUE(eventually(for_many, [] { return status_from("127.0.0.70") == "200"; })) << app.log();
  const std::string lies =
      "-H 'X-Forwarded-For: 203.0.113.9' -H 'Forwarded: for=203.0.113.9' -H 'X-Real-IP: 203.0.113.9'";
  for (const std::string client : {"127.0.0.77", "127.0.0.78"}) {
    for (const std::string expected : {"200", "200", "200", "429", "429"})
      EXPECT_EQ(status_from(client, lies), expected);
    EXPECT_TRUE(app.process().out().wait_for(remote(client)));
  }
  EXPECT_EQ(app.log().find("203.0.113.9"), std::string::npos) << app.log();
  EXPECT_EQ(app.log().find(remote("127.0.0.1")), std::string::npos) << app.log();
  app.signal(SIGTERM);
  expect_exit(app, 0, slack(8s));
}

command haproxy_with(const std::string& configuration) {
  command what;
  what.program = haproxy;
  what.arguments = {"-db", "-f", configuration};
  what.environment = {"HAPROXY_BIND=127.0.0.1:8000", "SUNDOWN_ONE=127.0.0.11", "SUNDOWN_TWO=127.0.0.12",
                      "SUNDOWN_THREE=127.0.0.13"};
  return what;
}

// By the PROXY protocol, as the file that is shipped has it.
TEST(ClientAddress, ComesThroughHaproxyByTheProxyProtocol) {
  in_a_network_of_its_own(haproxy, [] {
    running app(instance("require"));
    child_process proxy(haproxy_with(HAPROXY_CONFIG));
    expect_clients_by_address(app);
    // Past the proxy nobody gets an answer.
    EXPECT_EQ(ask({"127.0.0.11", 8080}, get("/hello"), slack(2s)).status, 0);
  });
}

/// A copy of the file that is shipped with the client in X-Forwarded-For instead, behind what the client says.
std::string with_forwardfor(const temp_dir& directory) {
  const auto copy = (directory / "haproxy.cfg").string();
  std::ifstream from(HAPROXY_CONFIG);
  std::ofstream to(copy);
  for (std::string line; std::getline(from, line);) {
    if (line.find("del-header") != line.npos) continue;
    if (const auto at = line.find(" send-proxy-v2"); at != line.npos) line.erase(at);
    to << line << '\n';
    if (line == "  mode http") to << "  option forwardfor\n";
  }
  return copy;
}

// By X-Forwarded-For, on a line of its own behind those of the client.
TEST(ClientAddress, ComesThroughHaproxyByForwardfor) {
  in_a_network_of_its_own(haproxy, [] {
    const temp_dir directory;
    auto options = instance("off");
    options.environment["SUNDOWN_HTTP__FORWARDED"] = "x-forwarded";
    running app(options);
    child_process proxy(haproxy_with(with_forwardfor(directory)));
    expect_clients_by_address(app);
  });
}

// nginx puts the client behind what it has said, on the same line.
TEST(ClientAddress, ComesThroughNginx) {
  in_a_network_of_its_own(nginx, [] {
    const temp_dir directory;
    const auto file = (directory / "nginx.conf").string();
    std::ofstream(file) << "daemon off; master_process off; pid " << (directory / "pid").string() << ";\n"
                        << "error_log stderr; events {}\nhttp {\n  access_log off;\n"
                        << "  client_body_temp_path " << directory.path().string() << ";\n"
                        << "  proxy_temp_path " << directory.path().string() << ";\n"
                        << "  fastcgi_temp_path " << directory.path().string() << ";\n"
                        << "  uwsgi_temp_path " << directory.path().string() << ";\n"
                        << "  scgi_temp_path " << directory.path().string() << ";\n"
                        << "  server {\n    listen 127.0.0.1:8000;\n    location / {\n"
                        << "      proxy_pass http://127.0.0.11:8080;\n"
                        << "      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
                        << "      proxy_set_header Forwarded \"\";\n"
                        << "    }\n  }\n}\n";
    running app(instance("off"));
    command what;
    what.program = nginx;
    what.arguments = {"-c", file, "-p", directory.path().string()};
    child_process proxy(what);
    expect_clients_by_address(app);
  });
}

}  // namespace
}  // namespace sundown::test
