#include "http2/conduct.hpp"

#include "http/connection.hpp"
#include "http/worker_parts.hpp"

#include <sundown/log.hpp>

#include <utility>

namespace sundown::http2 {

namespace {

/// A window that is opened by less brings less than it costs.
constexpr std::int32_t tiny_window = 128;
/// One tiny update is free for so many bytes sent, which those that it lets go by itself are fewer than.
constexpr std::size_t earning = 2 * tiny_window;
/// Of Debian's nghttp2 1.52 and of 1.61 on: NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.
constexpr int too_many_continuations = -905;

}  // namespace

bool conduct::tolerates(flood kind, clock::time_point now) {
  if (failed_) return false;
  if (meter_.tolerates(now)) return true;
  end_for(kind);
  return false;
}

void conduct::end_for(flood kind) {
  if (failed_) return;
  const auto number = static_cast<std::size_t>(kind);
  client_.parts().book.flooded(number);
  log::warn("connection ended: it is flooded", {{"frames", http::flood_names[number]}, {"remote", client_.remote()}});
  break_off(NGHTTP2_ENHANCE_YOUR_CALM);
}

void conduct::break_off(std::uint32_t code) {
  if (!std::exchange(failed_, true)) nghttp2_session_terminate_session(library_, code);
}

void conduct::break_off_for(int error) {
  if (error == too_many_continuations) return end_for(flood::continuations);
  if (error == NGHTTP2_ERR_FLOODED) return end_for(flood::library);
  break_off(NGHTTP2_PROTOCOL_ERROR);
}

void conduct::on_begin_frame(const nghttp2_frame_hd& head, clock::time_point now) {
  switch (head.type) {
    case NGHTTP2_RST_STREAM:  // counted with the stream's end
    case NGHTTP2_GOAWAY:
    case NGHTTP2_WINDOW_UPDATE:
      return;
    case NGHTTP2_HEADERS:
      expect_open(head.stream_id);
      last_opened_ = std::max(last_opened_, head.stream_id);
      return;
    case NGHTTP2_DATA:
      if (head.length == 0 && (head.flags & NGHTTP2_FLAG_END_STREAM) == 0) tolerates(flood::empty_data, now);
      return;
    case NGHTTP2_CONTINUATION:
      tolerates(flood::continuations, now);
      return;
    case NGHTTP2_PING:
    case NGHTTP2_SETTINGS:
      if ((head.flags & NGHTTP2_FLAG_ACK) == 0) tolerates(flood::control, now);
      return;
    case NGHTTP2_PRIORITY:
      if (head.stream_id == 0) break_off(NGHTTP2_PROTOCOL_ERROR);  // RFC 9113 §6.3
      tolerates(flood::control, now);
      return;
    default:
      tolerates(flood::control, now);
  }
}

void conduct::expect_open(std::int32_t id) {
  if (id > last_opened_ || id <= last_reset_) return;
  if (nghttp2_session_find_stream(library_, id) != nullptr) return;  // nghttp2 knows its state
  // RFC 9113 §5.1, closed, and §6.1. Nothing is left to tell a stream that has ended from one that was passed over,
  // which §5.1.1 calls a PROTOCOL_ERROR.
  break_off(NGHTTP2_STREAM_CLOSED);
}

void conduct::on_window_update(const nghttp2_frame& update, clock::time_point now) {
  if (update.window_update.window_size_increment < tiny_window && !acknowledges_data(update) && !is_earned_by_data()) {
    tolerates(flood::control, now);
  }
}

bool conduct::acknowledges_data(const nghttp2_frame& update) {
  const auto id = update.hd.stream_id;
  const auto window = id == 0 ? nghttp2_session_get_remote_window_size(library_)
                              : nghttp2_session_get_stream_remote_window_size(library_, id);
  const bool was_open = window < 0 || window > update.window_update.window_size_increment;  // < 0: its stream has ended
  if (!was_open || updates_due_ == 0) return false;
  --updates_due_;
  return true;
}

bool conduct::is_earned_by_data() noexcept {
  if (sent_ < earning) return false;
  sent_ -= earning;
  return true;
}

}  // namespace sundown::http2
