// Answers that are long, or never come.
#include "drain_kit/scenario.hpp"

namespace sundown::testing::drain_kit {
namespace {

/// More than the kernels of both ends keep by themselves (tcp_wmem: 4 MB).
constexpr std::size_t much = 8 << 20;
constexpr auto torn = "curl: (18) transfer closed with outstanding read data remaining";

void add_others(run_plan& plan, const cue& with) {
  if (!with.server.slow.empty()) plan.kinds.push_back(untold("in flight", 5, in_flight(with.slow(2000ms))));
}

run_plan play_slow_reader(const cue& with) {
  return {{untold("slow reader", 3, slow_reader(with.bytes(much), with.size(much)))}};
}

run_plan play_stopped_reader(const cue& with) {
  run_plan plan{{untold("stopped reader", 1, stopped_reader(with.bytes(much)))}};
  add_others(plan, with);
  return plan;
}

run_plan play_shut_window(const cue& with) {
  run_plan plan{{untold("shut window", 1, shut_window(with.bytes(much)))}};
  add_others(plan, with);
  return plan;
}

run_plan play_events(const cue& with) {
  return {{untold("events", 8, events(with.server.events, with.server.last_event))}};
}

run_plan play_websocket(const cue& with) { return {{untold("websocket", 8, websocket(with.server.websocket))}}; }

}  // namespace

void add_long(std::vector<scenario>& all) {
  all.push_back({"slow-reader",
                 "An answer of 8 MB to clients that take some 8 MB a second: it comes whole.",
                 "RFC 9112 §8, §9.6",
                 torn,
                 {need::bytes},
                 play_slow_reader});
  all.push_back({"stopped-reader",
                 "A large answer to a client that has stopped reading, beside requests under way: it is cut in time, "
                 "they are answered.",
                 "Docker, docker stop: SIGKILL after the grace",
                 torn,
                 {need::bytes},
                 play_stopped_reader});
  all.push_back({"shut-window",
                 "A client that never opens the window of an answer, beside requests under way: it is cut in time, "
                 "they are answered.",
                 "RFC 9113 §5.2, §10.5",
                 "curl: (92) HTTP/2 stream was not closed cleanly",
                 {need::http2, need::bytes},
                 play_shut_window});
  all.push_back({"events",
                 "8 subscribers of server-sent events: each stream ends in order.",
                 "WHATWG HTML §9.2; RFC 9112 §7.1",
                 torn,
                 {need::events},
                 play_events});
  all.push_back({"websocket",
                 "8 WebSockets: each is closed by a frame with 1001.",
                 "RFC 6455 §7.4.1",
                 "the browser's close event with code 1006",
                 {need::http1, need::websocket},
                 play_websocket});
}

}  // namespace sundown::testing::drain_kit
