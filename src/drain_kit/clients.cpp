// Clients that ask for plain answers.
#include "drain_kit/clients.hpp"

#include <poll.h>

#include <thread>
#include <vector>

namespace sundown::testing::drain_kit {
namespace {

/// Answers a busy client has before it counts as busy.
constexpr int warm = 20;

void ask_without_pause(caller& me, const std::string& target, std::size_t streams) {
  if (!me.connect()) return;
  for (int answers = 0;; ++answers) {
    if (answers == warm) me.in_position();
    if (me.owed() == 0 && me.peer().told_end()) {
      me.expect_end();
      // Some servers close a connection after so many requests, stop or no stop.
      if (me.stopping() || !me.connect()) return;
    }
    while (!me.over() && !me.peer().told_end() && me.owed() < streams)
      if (!me.ask({target})) return;
    if (me.owed() == 0 || !me.take_answer()) return;
  }
}

void ask_on_new_connections(caller& me, const std::string& target) {
  for (int answers = 0; !me.over(); ++answers) {
    if (answers == warm) me.in_position();
    if (!me.connect() || !me.ask({target}) || !me.take_answer()) return;
    me.close();
  }
}

void ask_late(caller& me, const request& what) {
  if (!me.connect() || !me.ask(what) || !me.take_answer()) return;
  me.in_position();
  std::this_thread::sleep_until(me.wait_signal() + 30ms);
  if (me.ask(what) && me.take_answer()) me.expect_end();
}

}  // namespace

script in_flight(std::string target, std::size_t streams) {
  return each([all = std::vector<request>(streams, {target})](caller& me) {
    if (!me.connect()) return;
    me.line_up();
    if (!me.ask(all)) return;
    me.in_position();
    while (me.owed() > 0) {
      if (!me.take_answer()) return;
      if (!me.stopping()) me.breach("answered before the signal: nothing was under way");
    }
    me.expect_end();
  });
}

script busy(std::string target, std::size_t streams) {
  return each([target, streams](caller& me) { ask_without_pause(me, target, streams); });
}

script new_connections(std::string target) {
  return each([target](caller& me) { ask_on_new_connections(me, target); });
}

script late_request(request what) {
  return each([what](caller& me) { ask_late(me, what); });
}

void idle_crowd(callers& all) {
  std::vector<pollfd> sockets;
  for (auto& me : all) {
    if (!me.connect()) continue;
    me.in_position();
    sockets.push_back({me.peer().bytes().handle(), POLLIN, 0});
  }
  if (sockets.size() < all.size()) return;
  for (std::size_t left = all.size(); left > 0;) {
    // Each ends when it ends: one that is late must not make the others look so.
    const int ready = ::poll(sockets.data(), sockets.size(), static_cast<int>(all.front().limit().count()));
    if (ready == 0 || all.front().limit() == 0ms) break;
    for (std::size_t i = 0; i < sockets.size(); ++i) {
      if (sockets[i].revents == 0 || !all[i].ended()) continue;
      sockets[i] = {-1, 0, 0};
      --left;
    }
  }
  for (std::size_t i = 0; i < sockets.size(); ++i)
    if (sockets[i].fd >= 0) all[i].expect_end();
}

script half_header(std::string target) {
  return each([target](caller& me) {
    if (!me.connect() || !me.ask_half_head({target})) return;
    me.in_position();
    if (me.peer().speaks_http2() || me.take_answer(408)) me.expect_end();
  });
}

script upload(std::string target, std::size_t size) {
  return each([what = request{target, std::string(size, 'u')}](caller& me) {
    if (!me.connect() || !me.ask_half(what)) return;
    me.in_position();
    std::this_thread::sleep_until(me.wait_signal() + 200ms);
    if (me.ask_rest() && me.take_answer()) me.expect_end();
  });
}

script pipelined() {
  const request quick{"/hello"};
  return each(
      [all = std::vector<request>{quick, {"/demo/sleep?ms=600"}, {"/demo/bytes?n=5000"}, quick, quick}](caller& me) {
        if (!me.connect() || !me.ask(all) || !me.take_answer()) return;
        me.in_position();
        for (int number = 2; number <= 5; ++number) {
          const auto answer = me.take_answer();
          if (!answer) return;
          if (answer->says_close() != (number == 5)) me.breach("not the last answer, and only that, says close");
        }
        me.expect_end();
      });
}

}  // namespace sundown::testing::drain_kit
