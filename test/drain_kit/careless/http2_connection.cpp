#include "drain_kit/careless/http2_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace careless {
namespace {

int number_in(std::string_view path, std::string_view before) {
  const auto at = path.find(before);
  return at == std::string_view::npos ? 0 : std::atoi(path.data() + at + before.size());
}

nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

nghttp2_session* session_of(nghttp2_session_callbacks* told, void* own) {
  nghttp2_option* how = nullptr;
  nghttp2_option_new(&how);
  nghttp2_option_set_no_auto_window_update(how, 1);
  nghttp2_session* made = nullptr;
  nghttp2_session_server_new2(&made, told, own, how);
  nghttp2_option_del(how);
  nghttp2_session_callbacks_del(told);
  return made;
}

constexpr std::string_view one_event = "data: 1\n\n", last_event = "event: bye\ndata\n\n";
/// Of the short answer's body.
constexpr std::size_t half = 2;
/// Between two events; from the signal to GOAWAY with the last stream; a stream that has not moved for so long is
/// stalled.
constexpr auto event_pause = 50ms, early = 100ms, stalled = 500ms;

}  // namespace

http2_connection::http2_connection(std::unique_ptr<transport> client, const stop_state& stop)
    : client_(std::move(client)), stop_(stop), session_(session_of(callbacks(), this), &nghttp2_session_del) {}

nghttp2_session_callbacks* http2_connection::callbacks() {
  nghttp2_session_callbacks* all = nullptr;
  nghttp2_session_callbacks_new(&all);
  nghttp2_session_callbacks_set_on_begin_headers_callback(all,
                                                          [](nghttp2_session*, const nghttp2_frame* frame, void* own) {
                                                            self(own).begin(frame->hd.stream_id);
                                                            return 0;
                                                          });
  nghttp2_session_callbacks_set_on_header_callback(
      all, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
              const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* own) {
        const std::string_view key(reinterpret_cast<const char*>(name), name_size);
        const std::string text(reinterpret_cast<const char*>(value), value_size);
        auto& one = self(own).all_[frame->hd.stream_id];
        if (key == ":method") one.method = text;
        if (key == ":path") one.path = text;
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      all, [](nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t*, std::size_t size, void* own) {
        self(own).take_data(stream, size);
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      all, [](nghttp2_session*, const nghttp2_frame* frame, void* own) {
        const bool request = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
        if (request && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) self(own).answer(frame->hd.stream_id);
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      all, [](nghttp2_session*, std::int32_t stream, std::uint32_t, void* own) {
        self(own).all_.erase(stream);
        return 0;
      });
  return all;
}

void http2_connection::begin(std::int32_t stream) {
  used_ = true;
  auto& one = all_[stream];
  if (!stop_seen_ || late_) return;
  if (stop_.has(fault::refuses_streams)) reset(stream, NGHTTP2_REFUSED_STREAM);
  one.abandoned = stop_.has(fault::drops_streams);
}

void http2_connection::take_data(std::int32_t stream, std::size_t size) {
  if (!stop_.fails(fault::closes_windows)) nghttp2_session_consume(session_.get(), stream, size);
}

void http2_connection::answer(std::int32_t stream) {
  auto& one = all_[stream];
  one.asked = true;
  if (one.abandoned) return;
  if (one.path.starts_with("/slow")) {
    one.due = clock::now() + milliseconds(number_in(one.path, "ms="));
    return;
  }
  one.left = one.path.starts_with("/bytes") ? static_cast<std::size_t>(number_in(one.path, "n=")) : 2 * half;
  long_answer_ = long_answer_ || one.path.starts_with("/bytes");
  one.events = one.path.starts_with("/events");
  if (one.events) one.due = clock::now() + event_pause, one.left = one_event.size();
  if (one.path.starts_with("/ready") && stop_.fails(fault::resets_probes)) return reset(stream, NGHTTP2_INTERNAL_ERROR);
  reply(stream, one.path.starts_with("/ready") && stop_.stopping() ? "503" : "200");
}

void http2_connection::reply(std::int32_t stream, const char* status) {
  auto& one = all_[stream];
  one.answered = true;
  one.moved = clock::now();
  auto length = one.left;
  if (one.due != no_time && stop_.fails(fault::wrong_length)) length = stream % 4 == 1 ? length + 1 : length - 1;
  const auto digits = std::to_string(length);
  const nghttp2_nv head[] = {field(":status", status), field("content-length", digits)};
  nghttp2_data_provider body{};
  body.read_callback = [](nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t size, std::uint32_t* flags,
                          nghttp2_data_source*, void* own) { return self(own).fill(id, to, size, flags); };
  nghttp2_submit_response(session_.get(), stream, head, one.events ? 1 : 2, &body);
}

ssize_t http2_connection::fill(std::int32_t stream, std::uint8_t* to, std::size_t size, std::uint32_t* flags) {
  auto& one = all_[stream];
  const bool last = one.events && stop_seen_;
  if (one.events && one.left == 0) return NGHTTP2_ERR_DEFERRED;
  if (one.left > (64 << 10) && stop_.fails(fault::tears_answer)) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  const bool in_parts =
      one.due != no_time && !one.events && (stop_.fails(fault::refuses_begun) || stop_.fails(fault::disowns_begun));
  if (in_parts && one.left <= half) return disclaim(stream), NGHTTP2_ERR_DEFERRED;
  const auto n = std::min({size, one.left, in_parts ? half : size});
  const auto text = last ? last_event : one_event;
  if (one.events)
    std::memcpy(to, text.data() + (text.size() - one.left), n);
  else
    std::memset(to, 'b', n);
  one.left -= n;
  one.moved = clock::now();
  if (one.left > 0 || (one.events && !last)) return static_cast<ssize_t>(n);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  one.abandoned = one.due != no_time && !one.events && stop_.fails(fault::no_end_stream);
  if (one.abandoned) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  return static_cast<ssize_t>(n);
}

void http2_connection::begin_stop() {
  stop_seen_ = true;
  if (stop_.has(fault::single_goaway) && !late_) return say_last_stream();
  if (stop_.has(fault::cuts_in_flight))
    for (const auto& [stream, one] : all_)
      if (one.asked && !one.answered) reset(stream, NGHTTP2_INTERNAL_ERROR);
  if (stop_.has(fault::drops_uploads))
    for (const auto& [stream, one] : all_)
      if (!one.asked) reset(stream, NGHTTP2_INTERNAL_ERROR);
  if (stop_.has(fault::tears_events))
    for (const auto& [stream, one] : all_)
      if (one.events) reset(stream, NGHTTP2_INTERNAL_ERROR);
  closing_ = stop_.has(fault::closes_idle_at_once) && all_.empty() && output_.empty() && !late_;
  if (closing_ || stop_.has(fault::no_goaway)) return;
  nghttp2_submit_shutdown_notice(session_.get());
}

void http2_connection::say_last_stream() {
  if (last_said_) return;
  last_said_ = true;
  if (stop_.has(fault::no_goaway)) return;
  const auto last = nghttp2_session_get_last_proc_stream_id(session_.get());
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
  if (stop_.has(fault::goaway_then_resets) && !late_) reset_all(NGHTTP2_INTERNAL_ERROR);
}

void http2_connection::disclaim(std::int32_t stream) {
  if (stop_.has(fault::refuses_begun)) return reset(stream, NGHTTP2_REFUSED_STREAM);
  last_said_ = true;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
}

void http2_connection::reset_all(std::uint32_t code) {
  for (const auto& [stream, one] : all_) reset(stream, code);
}

bool http2_connection::end_stalled() {
  const auto now = clock::now();
  for (auto& [stream, one] : all_) {
    if (one.abandoned || (one.asked && (!one.answered || now - one.moved < stalled))) continue;
    if (one.asked && (stop_.has(fault::waits_for_windows) || stop_.has(fault::waits_for_readers))) continue;
    one.abandoned = true;
    reset(stream, stop_.has(fault::refuses_begun) ? NGHTTP2_REFUSED_STREAM : NGHTTP2_CANCEL);
  }
  return output_.empty() || stop_.has(fault::waits_for_readers);
}

void http2_connection::advance() {
  const auto now = clock::now();
  if (stop_.stopping() && !stop_seen_) begin_stop();
  for (auto& [stream, one] : all_) {
    const bool bye = one.events && stop_seen_ && one.due != no_time;
    if (one.abandoned || (now < one.due && !bye)) continue;
    if (one.events) {
      one.due = bye ? no_time : now + event_pause;
      one.left = bye ? last_event.size() : one_event.size();
      nghttp2_session_resume_data(session_.get(), stream);
    } else if (!one.answered) {
      one.left = 2 * half;
      reply(stream);
    }
  }
  if (!stop_seen_) return;
  const bool soon = stop_.has(fault::goaway_then_resets) && !late_;
  if (stop_.left_of(soon ? milliseconds(early) : milliseconds(idle_grace)) == 0ms) say_last_stream();
}

bool http2_connection::done() const {
  return std::all_of(all_.begin(), all_.end(), [](const auto& each) { return each.second.abandoned; });
}

clock::time_point http2_connection::next() const {
  auto first = no_time;
  for (const auto& [stream, one] : all_)
    if (!one.abandoned && (one.events || !one.answered)) first = std::min(first, one.due);
  if (!stop_.stopping()) return first;
  const auto now = clock::now();
  for (const auto bound : {milliseconds(early), milliseconds(idle_grace), milliseconds(patience)})
    if (const auto left = stop_.left_of(bound); left > 0ms) first = std::min(first, now + left);
  // What is stalled is looked for again.
  return all_.empty() && output_.empty() ? first : std::min(first, now + early);
}

bool http2_connection::write_waiting() {
  for (;;) {
    while (!output_.empty()) {
      const auto n = client_->write(output_);
      if (n <= 0) return n < 0 && errno == EAGAIN;
      output_.erase(0, static_cast<std::size_t>(n));
    }
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size <= 0) return size == 0;
    output_.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
}

bool http2_connection::read_some() {
  char piece[65536];
  const auto n = client_->read(piece, sizeof piece);
  if (n > 0) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(piece);
    return nghttp2_session_mem_recv(session_.get(), bytes, static_cast<std::size_t>(n)) == n;
  }
  if (n == 0 || errno != EAGAIN) return false;
  const bool stopping = stop_.stopping();
  const auto events = static_cast<short>(output_.empty() ? POLLIN : POLLIN | POLLOUT);
  pollfd both[] = {{client_->socket(), events, 0}, {stop_.event(), POLLIN, 0}};
  const auto until = next();
  const auto limit = until == no_time ? -1ms : std::max(0ms, std::chrono::ceil<milliseconds>(until - clock::now()));
  ::poll(both, stopping ? 1 : 2, static_cast<int>(limit.count()));
  return true;
}

void http2_connection::serve() {
  if (!client_->open(stop_)) return;
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, nullptr, 0);
  for (;;) {
    advance();
    if (closing_) break;
    if (stop_seen_ && stop_.left_of(patience) == 0ms && !end_stalled()) return client_->give_up();
    if (!write_waiting()) return;
    const bool sent = output_.empty() && nghttp2_session_want_write(session_.get()) == 0;
    if (stop_seen_ && sent && done()) {
      if (long_answer_ && stop_.has(fault::exits_unacknowledged)) break;
      if (last_said_ && (used_ || !stop_.has(fault::keeps_idle))) break;
    }
    if (!read_some()) return;
  }
  client_->finish(stop_);
}

}  // namespace careless
