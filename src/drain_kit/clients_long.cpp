// Clients of answers that are long, endless, or never come.
#include "drain_kit/clients.hpp"

namespace sundown::testing::drain_kit {
namespace {

using namespace std::string_view_literals;

/// Of a late reader's answer: no more than the server's kernel can have taken, so that the server may think to be done.
constexpr std::size_t late_part = 128 << 10;

void talk_over_websocket(caller& me, const std::string& handshake) {
  if (!me.connect() || !me.ask_in_parts(handshake) || !me.take_uncounted(101)) return;
  // The key of a mask is part of the frame; zeros keep what is masked readable.
  if (!me.send("\x81\x82\0\0\0\0hi"sv) || !me.read_until("\x81\x02hi"sv)) return;
  auto& frames = me.peer().bytes().received();
  frames.clear();
  me.drawn().enter(activity::stream);
  me.in_position();
  if (!me.read_until("\x03\xE9"sv)) return;
  if (frames.size() < 4 || frames[0] != '\x88' || frames.substr(2, 2) != "\x03\xE9")
    me.breach("not closed by a frame with 1001");
  if (!me.send("\x88\x82\0\0\0\0\x03\xE9"sv)) return;
  me.count_answered();
  me.expect_end();
}

}  // namespace

script slow_reader(std::string target, std::size_t size) {
  return each([target, size](caller& me) {
    if (!me.connect(64 << 10) || !me.ask({target}) || !me.read_head()) return;
    me.in_position();
    me.read_slowly(size, 64 << 10, 8ms);
    me.expect_late();
    if (me.take_answer()) me.expect_end();
  });
}

script late_reader(std::string target, std::size_t size, milliseconds later) {
  return each([target, size, later](caller& me) {
    if (!me.connect(16 << 10) || !me.ask({target}) || !me.read_head()) return;
    me.drawn().enter(activity::answer);
    me.in_position();
    wait_after_signal(me, later);
    me.read_slowly(size - std::min(size, late_part), 64 << 10, 0ms);
    me.read_slowly(size, 16 << 10, 30ms);
    if (me.take_answer()) me.expect_end();
  });
}

script stopped_reader(std::string target) {
  return each([target](caller& me) {
    if (!me.connect(16 << 10) || !me.ask({target}) || !me.read_head()) return;
    me.drawn().enter(activity::answer);
    me.in_position();
    me.expect_cut();
  });
}

script shut_window(std::string target) {
  return each([target](caller& me) {
    if (!me.connect()) return;
    me.peer().shut_windows();
    if (!me.ask({target}) || !me.read_head()) return;
    me.drawn().enter(activity::answer);
    me.in_position();
    if (me.expect_stream_cut()) me.expect_end();
  });
}

script endless(std::string target) {
  return each([target](caller& me) {
    if (!me.connect()) return;
    me.line_up();
    if (!me.ask({target})) return;
    me.in_position();
    me.expect_cut();
  });
}

script cancelled(std::string target) {
  return each([target](caller& me) {
    if (!me.connect() || !me.ask({target})) return;
    me.in_position();
    if (me.take_cut(503)) me.expect_end();
  });
}

script events(std::string target, std::string last_event) {
  return each([target, last_event](caller& me) {
    if (!me.connect() || !me.ask({target}) || !me.read_until("data: ")) return;
    me.drawn().enter(activity::stream);
    me.in_position();
    if (me.take_stream(last_event)) me.expect_end();
  });
}

std::string websocket_handshake(const std::string& target) {
  // The sample key of RFC 6455, section 1.3.
  return get(target,
             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
}

script websocket(std::string target) {
  return each([handshake = websocket_handshake(target)](caller& me) { talk_over_websocket(me, handshake); });
}

}  // namespace sundown::testing::drain_kit
