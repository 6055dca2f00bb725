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

/// Idle, on a connection that has been used. Who is told that it ends begins another: some servers end one after so
/// many requests, stop or no stop.
bool get_idle(caller& me, const request& what) {
  constexpr int most = 5;
  for (int times = 1;; ++times) {
    if (!me.connect() || !me.ask(what) || !me.take_answer()) return false;
    if (!me.peer().told_end() || me.stopping() || times == most) break;
    me.close();
  }
  me.in_position();
  return true;
}

/// No client sends anything more on a connection of which it has been told that it ends.
bool goes_elsewhere(caller& me) {
  if (!me.peer().told_end()) return false;
  me.count_refused();
  me.expect_end();
  return true;
}

void ask_late(caller& me, const request& what, milliseconds later) {
  if (!get_idle(me, what)) return;
  wait_after_signal(me, later);
  if (goes_elsewhere(me)) return;
  if (me.ask(what) && me.take_answer()) me.expect_end();
}

void ask_if_open(caller& me, const request& what, milliseconds later) {
  if (!get_idle(me, what)) return;
  wait_after_signal(me, later);
  if (me.ended()) return me.count_refused();
  if (goes_elsewhere(me)) return;
  if (me.ask(what) && me.take_answer()) me.expect_end();
}

void ask_by_bytes(caller& me, const std::string& target, milliseconds later) {
  if (!get_idle(me, {target})) return;
  const auto text = get(target);
  wait_after_signal(me, 0ms);
  if (goes_elsewhere(me)) return;
  if (!me.ask_in_parts(text.substr(0, 1))) return;
  wait_after_signal(me, later);
  if (me.send(text.substr(1)) && me.take_answer()) me.expect_end();
}

void greet_late(caller& me, const std::string& target, milliseconds later, bool begun) {
  if (!me.reach()) return;
  if (begun) me.begin_greeting();
  me.in_position();
  wait_after_signal(me, later);
  if (me.connect() && me.ask({target}) && me.take_answer()) me.expect_end();
}

void upload_by_leave(caller& me, const std::string& target, milliseconds later) {
  const auto [head, body] = asking_leave(target);
  if (!me.connect() || !me.ask_in_parts(head)) return;
  if (!me.read_head()) return;
  auto& received = me.peer().bytes().received();
  if (!received.starts_with("HTTP/1.1 100")) {  // it wants no body
    me.take_answer();
    return;
  }
  received.erase(0, received.find("\r\n\r\n") + 4);
  me.in_position();
  wait_after_signal(me, later);
  if (me.send(body) && me.take_answer()) me.expect_end();
}

void probe(caller& me, const std::string& target) {
  for (int answers = 0; !me.over(); ++answers) {
    if (answers == 3) me.in_position();
    if (!me.connect() || !me.ask({target}) || !me.take_either(200, 503)) return;
    me.close();
    std::this_thread::sleep_for(10ms);
  }
}

}  // namespace

void wait_after_signal(caller& me, milliseconds later) { std::this_thread::sleep_until(me.wait_signal() + later); }

upload_in_parts asking_leave(const std::string& target) {
  const auto whole = post(target, "by leave", "application/octet-stream");
  const auto end = whole.find("\r\n\r\n");
  return {whole.substr(0, end) + "\r\nExpect: 100-continue\r\n\r\n", whole.substr(end + 4)};
}

script in_flight(std::string target, std::size_t streams) {
  return each([all = std::vector<request>(streams, {target})](caller& me) {
    if (!me.connect()) return;
    me.line_up();
    if (!me.ask(all)) return;
    me.in_position();
    while (me.owed() > 0) {
      if (!me.take_answer()) return;
      me.expect_late();
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

script visitor(std::string target) {
  return each([target](caller& me) {
    if (!me.connect() || !me.ask({target}) || !me.take_answer()) return;
    me.close();
  });
}

script late_request(request what, milliseconds later) {
  return each([what, later](caller& me) { ask_late(me, what, later); });
}

script pooled(request what, milliseconds later) {
  return each([what, later](caller& me) { ask_if_open(me, what, later); });
}

script first_byte(std::string target, milliseconds later) {
  return each([target, later](caller& me) { ask_by_bytes(me, target, later); });
}

script slow_handshake(std::string target, milliseconds later) {
  return each([target, later](caller& me) { greet_late(me, target, later, false); });
}

script half_handshake(std::string target, milliseconds later) {
  return each([target, later](caller& me) { greet_late(me, target, later, true); });
}

script half_closed(std::string target) {
  return each([target](caller& me) {
    if (!me.connect() || !me.ask({target})) return;
    me.peer().bytes().half_close();
    me.in_position();
    if (!me.take_answer()) return;
    me.expect_late();
    me.expect_end();
  });
}

script expecting_continue(std::string target, milliseconds later) {
  return each([target, later](caller& me) { upload_by_leave(me, target, later); });
}

script probes(std::string target) {
  return each([target](caller& me) { probe(me, target); });
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
    if (me.peer().speaks_http2() || me.take_end_or(408)) me.expect_end();
  });
}

script upload(std::string target, std::size_t size, milliseconds later) {
  return each([what = request{target, std::string(size, 'u')}, later](caller& me) {
    if (!me.connect() || !me.ask_half(what)) return;
    me.in_position();
    wait_after_signal(me, later);
    if (me.ask_rest() && me.take_answer()) me.expect_end();
  });
}

script pipelined(std::string quick, std::string slow) {
  return each([all = std::vector<request>{{quick}, {slow}, {quick}, {quick}, {quick}}](caller& me) {
    if (!me.connect() || !me.ask(all) || !me.take_answer()) return;
    me.in_position();
    for (int number = 2; number <= 5; ++number) {
      const auto answer = me.take_answer();
      if (!answer) return;
      me.expect_late();
      if (answer->says_close() != (number == 5)) me.breach("not the last answer, and only that, says close");
    }
    me.expect_end();
  });
}

}  // namespace sundown::testing::drain_kit
