#pragma once

#include "process/memory.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/resource.h>

namespace sundown::test {

/// Starts with so many file descriptors allowed: true if it is ready. Else it must have ended with one message that
/// says what to do.
inline bool starts_or_says_so(service& app, unsigned open_files) {
  if (app.wait_ready(ample)) return true;
  const auto end = app.wait_exit();
  if (!end) throw std::runtime_error("it neither started nor ended\n" + app.log());
  EXPECT_EQ(end->code, 1) << end->describe();
  const auto text = app.written();
  EXPECT_THAT(text, testing::HasSubstr("too few file descriptors: " + std::to_string(open_files) + " are allowed"));
  EXPECT_THAT(text, testing::HasSubstr("ulimit -n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  return false;
}

/// Only the soft limit, so that it can be taken back.
inline void limit_data(service& app, rlim_t most) {
  const auto pid = app.process().pid();
  rlimit both{};
  ASSERT_EQ(::prlimit(pid, RLIMIT_DATA, nullptr, &both), 0) << std::strerror(errno);
  both.rlim_cur = most;
  ASSERT_EQ(::prlimit(pid, RLIMIT_DATA, &both, nullptr), 0) << std::strerror(errno);
}

/// Clients that each send these requests come until there is no memory for them, with more and more room; each time
/// memory comes back the service must answer as ever, and `works` is called.
template <class Works>
void exhaust_memory(service& app, std::string_view requests, Works works) {
  for (const std::size_t room : {0UL, 64UL << 10, 256UL << 10, 1UL << 20, 2UL << 20}) {
    limit_data(app, memory(app, "VmData") + room);
    {
      std::vector<raw_client> clients(700);
      for (auto& client : clients) {
        if (client.connect(app.http(), 200ms) != connecting::connected) break;
        client.send(requests, 10ms);
      }
    }
    limit_data(app, RLIM_INFINITY);
    ASSERT_TRUE(eventually(ample, [&] { return ask(app.http(), get("/hello"), 1s).status == 200; })) << app.log();
    works();
    EXPECT_EQ(ask(app.admin(), get("/live")).status, 200);
    // A look at a store that fell into the shortage is mended by the next one.
    EXPECT_TRUE(eventually(ample, [&] { return ask(app.admin(), get("/ready")).status == 200; })) << app.log();
  }
}

}  // namespace sundown::test
