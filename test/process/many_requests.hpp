#pragma once

#include "process/scenario.hpp"
#include "support/testing.hpp"
#include "wire/socket_table.hpp"

#include <set>

namespace sundown::test {

/// Enough access lines to fill any pipe, each request answered.
inline void serve_many(const endpoint& where) {
  auto client = connected(where);
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(client.send(get("/hello")), sending::sent);
    const auto answer = client.read_response();
    ASSERT_EQ(answer.body, "Hello, World!") << answer.describe();
  }
}

/// The HTTP port of a service that can't say it: the one of its two ports that says hello.
inline endpoint find_http(service& app) {
  std::set<std::uint16_t> ports;
  eventually(ample, [&] { return (ports = listening_ports(app.process().pid())).size() == 2; });
  for (const auto port : ports)
    if (endpoint where{"127.0.0.1", port}; ask(where, get("/hello")).status == 200) return where;
  throw std::runtime_error("no port says hello\n" + app.log());
}

}  // namespace sundown::test
