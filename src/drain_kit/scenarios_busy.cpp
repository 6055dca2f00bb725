// Clients that ask while the server is stopped.
#include "drain_kit/scenario.hpp"

namespace sundown::testing::drain_kit {
namespace {

constexpr auto no_answer = "curl: (52) Empty reply from server, or (56) Recv failure: Connection reset by peer";

run_plan busy_plan(kind clients) {
  run_plan plan;
  plan.kinds = {std::move(clients)};
  plan.settled = at_any_time;
  return plan;
}

run_plan play_in_flight(const cue& with) {
  const auto slow = with.slow(800ms);
  if (with.http2) return {{in_order("in flight", 4, in_flight(slow, 50))}};
  return {{in_order("in flight", 50, in_flight(slow))}};
}

run_plan play_busy(const cue& with) {
  const auto& quick = with.server.quick;
  return busy_plan(with.http2 ? in_order("busy", 4, busy(quick, 8)) : in_order("busy", 32, busy(quick)));
}

run_plan play_new(const cue& with) {
  return busy_plan(untold("new connections", 32, new_connections(with.server.quick)));
}

run_plan play_late(const cue& with) {
  const auto later = with.shake(30ms);
  return {{in_order("late request", 20, late_request(with.unsafe(), later), later)}};
}

run_plan play_first_byte(const cue& with) {
  return {{untold("first byte", 20, first_byte(with.server.quick, with.shake(20ms)))}};
}

run_plan play_pool(const cue& with) {
  run_plan plan{{}};
  for (const auto later : {5ms, 30ms, 100ms, 300ms})
    plan.kinds.push_back(
        untold("after " + std::to_string(later.count()) + " ms", 5, pooled(with.unsafe(), with.shake(later))));
  return plan;
}

run_plan play_balancer(const cue& with) { return busy_plan(untold("probe", 4, probes(with.server.ready))); }

run_plan play_pipelined(const cue& with) {
  return {{in_order("pipelined", 4, pipelined(with.server.quick, with.slow(600ms)))}};
}

}  // namespace

void add_busy(std::vector<scenario>& all) {
  all.push_back(
      {"in-flight",
       "Requests of 800 ms are under way at the signal: each is answered whole, and says that the connection ends.",
       "RFC 9112 §9.6; Kubernetes, Pod Lifecycle: termination",
       no_answer,
       {need::slow},
       play_in_flight});
  all.push_back(
      {"busy-keep-alive",
       "Busy clients on kept connections, closed loop, no retries: each is told to end its connection before it ends.",
       "RFC 9112 §9.6; RFC 9113 §6.8",
       no_answer,
       {need::keep_alive},
       play_busy});
  all.push_back({"new-connections",
                 "32 clients, a new connection for each request: what the kernel has accepted is answered before the "
                 "listener goes.",
                 "listen(2): the queue; RFC 9293 §3.10.4",
                 "curl: (56) Recv failure: Connection reset by peer",
                 {},
                 play_new});
  all.push_back({"late-request",
                 "20 idle connections; 30 ms after the signal each sends one more request, as a client does that is a "
                 "way off: it is answered.",
                 "RFC 9112 §9.5, §9.6",
                 no_answer,
                 {need::keep_alive},
                 play_late});
  all.push_back({"first-byte",
                 "The first byte of a request comes with the signal, the rest 20 ms later: it is answered.",
                 "RFC 9112 §9.6",
                 no_answer,
                 {need::http1, need::keep_alive},
                 play_first_byte});
  all.push_back({"pool",
                 "A balancer's pool of idle connections, reused 5, 30, 100 and 300 ms after the signal unless they "
                 "were closed: what is sent is answered.",
                 "RFC 9112 §9.3.1, §9.5",
                 no_answer,
                 {need::keep_alive},
                 play_pool});
  all.push_back(
      {"balancer",
       "A balancer's probes, each on a connection of its own: 200 or 503, and none is reset, until the port is closed.",
       "Kubernetes, Configure Probes: readiness; HAProxy, option httpchk",
       "curl: (52), (56): the balancer counts it as down",
       {need::ready},
       play_balancer});
  all.push_back({"pipelined",
                 "Five requests sent at once; the signal comes while the second is handled: all are answered, and only "
                 "the last says close.",
                 "RFC 9112 §9.3.2, §9.6",
                 "curl: (52) Empty reply from server, of the later ones",
                 {need::http1, need::slow, need::pipelining},
                 play_pipelined});
}

}  // namespace sundown::testing::drain_kit
