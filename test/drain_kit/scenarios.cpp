#include "drain_kit/scenarios.hpp"

#include <signal.h>

#include <algorithm>

namespace sundown::test::drain_kit {
namespace {

const std::vector<timed_signal> term{{SIGTERM}};
constexpr auto hello = "/hello";
constexpr std::size_t megabytes_8 = 8 << 20;
const auto bytes_8 = "/demo/bytes?n=" + std::to_string(megabytes_8);

/// The default graces of the service, by which its time is bounded.
constexpr milliseconds idle_grace = 500ms, header_grace = 2s, stall_limit = 3s, stream_grace = 1s, drain = 5500ms;

kind in_order(std::string name, std::size_t count, script play) { return {std::move(name), count, std::move(play)}; }
/// Whose last answer began before the signal, or who get none: they can't be told to close.
kind untold(std::string name, std::size_t count, script play, std::size_t share = 1) {
  return {std::move(name), count, std::move(play), false, share};
}

run_plan at_term(std::string name, std::string title, std::vector<kind> kinds) {
  return {std::move(name), std::move(title), std::move(kinds), term, 20s};
}

/// No worker is left once none of many new connections is answered: they are spread over all workers.
bool all_workers_blocked(const endpoint& where) {
  std::vector<raw_client> probes(8);
  for (auto& one : probes)
    if (one.connect(where) == connecting::connected) one.send(get(hello));
  const deadline end(150ms);
  return std::none_of(probes.begin(), probes.end(), [&](auto& one) { return one.read_response(end.left()).whole(); });
}

/// For clients that never pause.
bool at_any_time(const endpoint&) { return true; }

void add_busy(std::vector<scenario>& all) {
  all.push_back({at_term("in-flight", "50 requests of 800 ms are under way",
                         {in_order("in flight", 50, in_flight("/demo/sleep?ms=800"))}),
                 {},
                 {0},
                 800ms,
                 {}});
  all.push_back({at_term("busy-keep-alive", "32 busy clients on kept connections, closed loop, no retries",
                         {in_order("busy", 32, busy(hello))}),
                 {},
                 {0},
                 idle_grace,
                 {}});
  all.back().plan.settled = at_any_time;
  all.push_back({at_term("new-connections", "32 clients, a new connection for each request",
                         {untold("new connections", 32, new_connections(hello))}),
                 {},
                 {0},
                 idle_grace,
                 {}});
  all.back().plan.settled = at_any_time;
  all.push_back({at_term("late-request", "20 idle connections; 30 ms after the signal each asks once more",
                         {in_order("late request", 20, late_request(hello))}),
                 {},
                 {0},
                 idle_grace,
                 {}});
  all.push_back({at_term("pipelined", "Five requests sent at once; the signal comes while the second is handled",
                         {in_order("pipelined", 4, pipelined())}),
                 {},
                 {0},
                 600ms,
                 {}});
}

void add_quiet(std::vector<scenario>& all) {
  all.push_back({at_term("idle-1000", "1000 idle connections", {untold("idle", 1000, idle_crowd, 1000)}),
                 {},
                 {0},
                 idle_grace,
                 {}});
  all.push_back({at_term("half-header", "Half the head of a request, then silence; others are under way",
                         {in_order("half header", 3, half_header(hello)),
                          in_order("in flight", 5, in_flight("/demo/sleep?ms=1500"))}),
                 {},
                 {0},
                 header_grace,
                 {}});
  all.push_back({at_term("uploads", "8 uploads are half way; the rest comes 200 ms after the signal",
                         {in_order("upload", 8, upload("/demo/upload", 300'000))}),
                 {},
                 {0},
                 200ms,
                 {}});
}

void add_long(std::vector<scenario>& all) {
  all.push_back({at_term("slow-reader", "An answer of 8 MB to clients that take 4 MB a second",
                         {untold("slow reader", 3, slow_reader(bytes_8, megabytes_8))}),
                 {},
                 {0},
                 drain,
                 {}});
  all.push_back(
      {at_term("stopped-reader", "An answer of 8 MB to a client that has stopped reading; others are under way",
               {untold("stopped reader", 1, stopped_reader(bytes_8)),
                in_order("in flight", 5, in_flight("/demo/sleep?ms=2000"))}),
       {},
       {3},
       stall_limit,
       "stall_limit"});
  all.push_back({at_term("events", "8 subscribers of server-sent events, which must end with `event: bye`",
                         {untold("events", 8, events("/demo/events"))}),
                 {},
                 {0},
                 stream_grace,
                 {}});
  all.push_back({at_term("websocket", "8 WebSockets, which must be closed with 1001",
                         {untold("websocket", 8, websocket("/demo/echo"))}),
                 {},
                 {0},
                 stream_grace,
                 {}});
}

void add_forced(std::vector<scenario>& all) {
  scenario blocked{at_term("blocked", "Every worker is blocked in a handler; shutdown.total is 2 s here",
                           {untold("blocked", 16, endless("/demo/block?ms=60000"))}),
                   {{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}},
                   {3, 4},
                   2s,
                   "/demo/block"};
  blocked.plan.settled = all_workers_blocked;
  all.push_back(std::move(blocked));
  scenario twice{at_term("second-ctrl-c", "Endless requests; Ctrl-C, and again 600 ms later",
                         {untold("endless", 4, endless("/demo/sleep?ms=600000"))}),
                 {},
                 {130},
                 700ms,
                 "/demo/sleep"};
  twice.plan.signals = {{SIGINT}, {SIGINT, 600ms}};
  all.push_back(std::move(twice));
}

}  // namespace

std::vector<scenario> scenarios() {
  std::vector<scenario> all;
  add_busy(all);
  add_quiet(all);
  add_long(all);
  add_forced(all);
  return all;
}

run_plan generic_plan(const std::string& path, const std::string& slow_path, int signal, milliseconds limit) {
  run_plan plan{"target", "Clients of each kind at once", {}, {{signal}}, limit, at_any_time};
  plan.kinds = {untold("busy", 16, busy(path)), untold("new-connections", 16, new_connections(path)),
                untold("late-request", 16, late_request(path)), untold("idle", 16, idle_crowd, 16)};
  if (!slow_path.empty()) plan.kinds.push_back(untold("in-flight", 16, in_flight(slow_path)));
  return plan;
}

}  // namespace sundown::test::drain_kit
