#include "drain_kit/scenarios.hpp"

#include <signal.h>

namespace sundown::testing::drain_kit {
namespace {

const std::vector<timed_signal> term{{SIGTERM}};
constexpr auto hello = "/hello";
constexpr std::size_t megabytes_4 = 4 << 20;
const auto bytes_4 = "/demo/bytes?n=" + std::to_string(megabytes_4);
const auto bytes_8 = "/demo/bytes?n=" + std::to_string(2 * megabytes_4);

/// The default graces of the service, by which its time is bounded.
constexpr milliseconds idle_grace = 500ms, header_grace = 2s, stall_limit = 3s, stream_grace = 1s, hard_cancel = 4500ms,
                       drain = 5500ms;

kind in_order(std::string name, std::size_t count, script play) { return {std::move(name), count, std::move(play)}; }
/// Whose last answer began before the signal, or who get none: they can't be told to close.
kind untold(std::string name, std::size_t count, script play, std::size_t share = 1) {
  return {std::move(name), count, std::move(play), false, share};
}

run_plan at_term(std::string name, std::string title, std::vector<kind> kinds) {
  return {std::move(name), std::move(title), std::move(kinds), term, 20s};
}

/// Without settings, with exit code 0.
scenario in_time(run_plan plan, milliseconds within) { return {std::move(plan), {}, {0}, within, {}}; }
/// Work is cut, and named.
scenario cut(run_plan plan, milliseconds within, std::string named) {
  return {std::move(plan), {}, {3}, within, std::move(named)};
}

/// No worker is left once none of many new connections is answered: they are spread over all workers.
bool all_workers_blocked(const stage& scene) {
  for (int i = 0; i < 8; ++i) {
    const deadline end(100ms);
    const auto probe = scene.speech().begin();
    if (probe->connect(scene.where(), end.left()) != connecting::connected) continue;
    probe->ask({{hello}}, end.left());
    if (probe->take(end.left()).whole()) return false;
  }
  return true;
}

/// For clients that never pause.
bool at_any_time(const stage&) { return true; }

/// Clients that wait for an answer, five beside those of a scenario.
kind others(const char* target) { return in_order("in flight", 5, in_flight(target)); }

void add_busy(std::vector<scenario>& all, bool http2) {
  const auto slow = "/demo/sleep?ms=800";
  if (http2) {
    all.push_back(in_time(at_term("in-flight", "4 connections with 50 streams of 800 ms each are under way",
                                  {in_order("in flight", 4, in_flight(slow, 50))}),
                          800ms));
    all.push_back(in_time(at_term("busy-keep-alive", "4 connections with 8 busy streams each, closed loop, no retries",
                                  {in_order("busy", 4, busy(hello, 8))}),
                          idle_grace));
  } else {
    all.push_back(in_time(
        at_term("in-flight", "50 requests of 800 ms are under way", {in_order("in flight", 50, in_flight(slow))}),
        800ms));
    all.push_back(in_time(at_term("busy-keep-alive", "32 busy clients on kept connections, closed loop, no retries",
                                  {in_order("busy", 32, busy(hello))}),
                          idle_grace));
  }
  all.back().plan.settled = at_any_time;
  all.push_back(in_time(at_term("new-connections", "32 clients, a new connection for each request",
                                {untold("new connections", 32, new_connections(hello))}),
                        idle_grace));
  all.back().plan.settled = at_any_time;
  all.push_back(in_time(at_term("late-request", "20 idle connections; 30 ms after the signal each sends one more POST",
                                {in_order("late request", 20, late_request({"/demo/upload", "late"}))}),
                        idle_grace));
  if (http2) return;
  all.push_back(in_time(at_term("pipelined", "Five requests sent at once; the signal comes while the second is handled",
                                {in_order("pipelined", 4, pipelined())}),
                        600ms));
}

void add_quiet(std::vector<scenario>& all, bool http2) {
  auto idle = untold("idle", 1000, idle_crowd, 1000);
  idle.each_told_end = http2;
  all.push_back(
      in_time(at_term("idle-1000", "1000 idle connections, which the clients never close", {idle}), idle_grace));
  all.push_back(in_time(at_term("half-header", "Half the head of a request, then silence; others are under way",
                                {in_order("half header", 3, half_header(hello)), others("/demo/sleep?ms=1500")}),
                        header_grace));
  all.push_back(in_time(at_term("uploads", "8 uploads are half way; the rest comes 200 ms after the signal",
                                {in_order("upload", 8, upload("/demo/upload", 300'000))}),
                        200ms));
}

void add_long(std::vector<scenario>& all, bool http2) {
  all.push_back(in_time(at_term("slow-reader", "An answer of 4 MB to clients that take 4 MB a second",
                                {untold("slow reader", 3, slow_reader(bytes_4, megabytes_4))}),
                        drain));
  all.push_back(
      cut(at_term("stopped-reader", "An answer of 8 MB to a client that has stopped reading; others are under way",
                  {untold("stopped reader", 1, stopped_reader(bytes_8)), others("/demo/sleep?ms=2000")}),
          stall_limit, "stall_limit"));
  if (http2)
    all.push_back(cut(at_term("shut-window", "A client that never opens the window of an answer; others are under way",
                              {in_order("shut window", 1, shut_window(bytes_8)), others("/demo/sleep?ms=2000")}),
                      stall_limit, "stall_limit"));
  all.push_back(in_time(at_term("events", "8 subscribers of server-sent events, which must end with `event: bye`",
                                {untold("events", 8, events("/demo/events"))}),
                        stream_grace));
  if (http2) return;
  all.push_back(in_time(at_term("websocket", "8 WebSockets, which must be closed with 1001",
                                {untold("websocket", 8, websocket("/demo/echo"))}),
                        stream_grace));
}

void add_forced(std::vector<scenario>& all) {
  const auto endless_path = "/demo/sleep?ms=600000";
  all.push_back(cut(at_term("hard-cancel", "Handlers that never end, cancelled and answered 503",
                            {in_order("cancelled", 4, cancelled(endless_path))}),
                    hard_cancel, "hard_cancel"));
  all.push_back(cut(at_term("blocked", "Every worker is blocked in a handler; shutdown.total is 2 s here",
                            {untold("blocked", 16, endless("/demo/block?ms=60000"))}),
                    2s, "/demo/block"));
  all.back().settings = {{"SUNDOWN_SHUTDOWN__TOTAL", "2s"}};
  all.back().codes = {3, 4};
  all.back().plan.settled = all_workers_blocked;
  all.push_back(cut(at_term("second-ctrl-c", "Endless requests; Ctrl-C, and again 600 ms later",
                            {untold("endless", 4, endless(endless_path))}),
                    700ms, "/demo/sleep"));
  all.back().codes = {130};
  all.back().plan.signals = {{SIGINT}, {SIGINT, 600ms}};
}

}  // namespace

std::vector<scenario> scenarios(bool http2) {
  std::vector<scenario> all;
  add_busy(all, http2);
  add_quiet(all, http2);
  add_long(all, http2);
  add_forced(all);
  return all;
}

run_plan generic_plan(bool http2, const std::string& path, const std::string& slow_path, int signal,
                      milliseconds limit) {
  // Streams of fewer connections, so that as many requests are under way.
  const std::size_t connections = http2 ? 4 : 16, busy_streams = http2 ? 8 : 1, slow_streams = http2 ? 50 : 1;
  run_plan plan{"target", "Clients of each kind at once", {}, {{signal}}, limit, at_any_time};
  plan.kinds = {untold("busy", connections, busy(path, busy_streams)),
                untold("new-connections", 16, new_connections(path)), untold("late-request", 20, late_request({path})),
                untold("idle", 20, idle_crowd, 20)};
  if (!slow_path.empty()) plan.kinds.push_back(untold("in-flight", connections, in_flight(slow_path, slow_streams)));
  return plan;
}

}  // namespace sundown::testing::drain_kit
