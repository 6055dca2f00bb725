// Clients that ask for plain answers.
#include "drain_kit/clients.hpp"

#include <poll.h>

#include <thread>
#include <vector>

namespace sundown::test::drain_kit {
namespace {

/// Answers a busy client has before it counts as busy.
constexpr int warm = 20;

void ask_without_pause(caller& me, const std::string& request) {
  if (!me.connect()) return;
  for (int answers = 0; !me.over(); ++answers) {
    if (answers == warm) me.in_position();
    if (!me.send(request)) return;
    const auto answer = me.take_answer();
    if (!answer) return;
    if (!answer->says_close()) continue;
    me.expect_end();
    // Some servers close a connection after so many requests, stop or no stop.
    if (me.stopping() || !me.connect()) return;
  }
}

void ask_on_new_connections(caller& me, const std::string& request) {
  for (int answers = 0; !me.over(); ++answers) {
    if (answers == warm) me.in_position();
    if (!me.connect() || !me.send(request) || !me.take_answer()) return;
    me.close();
  }
}

void ask_late(caller& me, const std::string& request) {
  if (!me.connect() || !me.send(request) || !me.take_answer()) return;
  me.in_position();
  std::this_thread::sleep_until(me.wait_signal() + 30ms);
  if (me.send(request) && me.take_answer()) me.expect_end();
}

}  // namespace

script in_flight(std::string target) {
  return each([request = get(target)](caller& me) {
    if (!me.connect() || !me.send(request)) return;
    me.in_position();
    if (!me.take_answer()) return;
    if (!me.stopping()) me.breach("answered before the signal: nothing was under way");
    me.expect_end();
  });
}

script busy(std::string target) {
  return each([request = get(target)](caller& me) { ask_without_pause(me, request); });
}

script new_connections(std::string target) {
  return each([request = get(target)](caller& me) { ask_on_new_connections(me, request); });
}

script late_request(std::string target) {
  return each([request = get(target)](caller& me) { ask_late(me, request); });
}

void idle_crowd(callers& all) {
  std::vector<pollfd> sockets;
  for (auto& me : all) {
    if (!me.connect()) continue;
    me.in_position();
    sockets.push_back({me.connection().handle(), POLLIN, 0});
  }
  if (sockets.size() < all.size()) return;
  for (std::size_t left = all.size(); left > 0;) {
    // Each ends when it ends: one that is late must not make the others look so.
    const int ready = ::poll(sockets.data(), sockets.size(), static_cast<int>(all.front().limit().count()));
    if (ready == 0) break;
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      if (sockets[i].revents == 0) continue;
      all[i].expect_end();
      sockets[i] = {-1, 0, 0};
      --left;
    }
  }
  for (std::size_t i = 0; i < sockets.size(); ++i)
    if (sockets[i].fd >= 0) all[i].expect_end();
}

script half_header(std::string target) {
  return each([request = get(target)](caller& me) {
    if (!me.connect() || !me.send(request.substr(0, request.size() / 2))) return;
    me.in_position();
    if (me.take_answer(408)) me.expect_end();
  });
}

script upload(std::string target, std::size_t size) {
  const auto request = post(target, std::string(size, 'u'), "application/octet-stream");
  return each([request](caller& me) {
    const auto half = request.size() / 2;
    if (!me.connect() || !me.send(request.substr(0, half))) return;
    me.drawn().enter(activity::sending);
    me.in_position();
    std::this_thread::sleep_until(me.wait_signal() + 200ms);
    if (me.send(request.substr(half), 0) && me.take_answer()) me.expect_end();
  });
}

script pipelined() {
  const auto quick = get("/hello");
  const auto all = quick + get("/demo/sleep?ms=600") + get("/demo/bytes?n=5000") + quick + quick;
  return each([all](caller& me) {
    if (!me.connect() || !me.send(all, 5) || !me.take_answer()) return;
    me.in_position();
    for (int number = 2; number <= 5; ++number) {
      const auto answer = me.take_answer();
      if (!answer) return;
      if (answer->says_close() != (number == 5)) me.breach("not the last answer, and only that, says close");
    }
    me.expect_end();
  });
}

}  // namespace sundown::test::drain_kit
