// Clients that are half way, or say nothing.
#include "drain_kit/scenario.hpp"

namespace sundown::testing::drain_kit {
namespace {

run_plan play_idle(const cue& with) {
  auto idle = untold("idle", 1000, idle_crowd, 1000);
  idle.each_told_end = with.http2;
  return {{idle}};
}

run_plan play_handshake(const cue& with) {
  run_plan plan{{untold("slow handshake", 10, slow_handshake(with.server.quick, with.shake(50ms)))}};
  if (with.tls) plan.kinds.push_back(untold("half handshake", 10, half_handshake(with.server.quick, with.shake(50ms))));
  return plan;
}

run_plan play_half_header(const cue& with) {
  run_plan plan{{untold("half header", 3, half_header(with.server.quick))}};
  if (!with.server.slow.empty()) plan.kinds.push_back(untold("in flight", 5, in_flight(with.slow(1500ms))));
  return plan;
}

run_plan play_half_closed(const cue& with) {
  run_plan plan{{untold("half closed", 10, half_closed(with.slow(800ms)))}};
  plan.settled = at_any_time;  // the kernel counts an end that nobody has read as unread
  return plan;
}

run_plan play_uploads(const cue& with) {
  return {{in_order("upload", 8, upload(with.server.upload, 300'000, with.shake(200ms)))}};
}

run_plan play_continue(const cue& with) {
  const auto later = with.shake(100ms);
  return {{in_order("100-continue", 8, expecting_continue(with.server.upload, later), later)}};
}

}  // namespace

void add_quiet(std::vector<scenario>& all) {
  all.push_back(
      {"idle-1000",
       "1000 idle connections, which the clients never close: they don't hold the stop, and each is closed in order.",
       "RFC 9112 §9.5; over TLS RFC 8446 §6.1",
       "nothing, until the grace is over and all is killed",
       {},
       play_idle});
  all.push_back({"slow-handshake",
                 "10 clients have connected, and say their first word 50 ms after the signal; over TLS 10 more are in "
                 "the middle of their handshake: they are answered.",
                 "accept(2); RFC 9112 §9.6; RFC 8446 §6.1",
                 "curl: (35) TLS connect error, or (52) Empty reply from server",
                 {},
                 play_handshake});
  all.push_back(
      {"half-header",
       "Half the head of a request, then silence, beside requests under way: told by 408 or a close, and holds nobody.",
       "RFC 9110 §15.5.9",
       "curl: (52) Empty reply from server",
       {},
       play_half_header});
  all.push_back({"half-closed",
                 "Clients that have ended their own side wait for an answer: it comes.",
                 "RFC 9293 §3.6; RFC 9112 §9.6",
                 "curl: (52) Empty reply from server",
                 {need::http1, need::slow, need::half_close},
                 play_half_closed});
  all.push_back({"uploads",
                 "8 uploads are half way; the rest comes 200 ms after the signal: it is taken and answered.",
                 "RFC 9112 §9.6",
                 "curl: (55) Send failure: Broken pipe, or (56) Recv failure",
                 {need::upload},
                 play_uploads});
  all.push_back({"expect-continue",
                 "8 clients have been told to go on with their body, and send it 100 ms after the signal: it is taken "
                 "and answered.",
                 "RFC 9110 §10.1.1",
                 "curl: (52) Empty reply from server",
                 {need::http1, need::upload, need::leave},
                 play_continue});
}

}  // namespace sundown::testing::drain_kit
