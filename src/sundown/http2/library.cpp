#include "http2/library.hpp"

#include "http2/block_pool.hpp"
#include "http2/flood_meter.hpp"
#include "http2/session.hpp"
#include "http2/stream.hpp"

#include <new>
#include <string_view>

namespace sundown::http2 {

namespace {

session& owner_of(void* user_data) { return *static_cast<session*>(user_data); }

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

bool is_request(const nghttp2_frame* frame) {
  return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST;
}

/// Runs a callback's body. An exception (there is no memory) ends the connection.
template <class Call>
int guarded(Call call) noexcept {
  try {
    return call();
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user_data) {
  return guarded([&] { return owner_of(user_data).on_begin_frame(*head); });
}

int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  if (!is_request(frame)) return 0;
  return guarded([&] { return owner_of(user_data).on_begin_request(frame->hd.stream_id); });
}

/// Fields of trailers are passed over.
int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
              const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user_data) {
  if (!is_request(frame)) return 0;
  auto* const at = owner_of(user_data).find(frame->hd.stream_id);
  if (at == nullptr) return 0;
  return guarded([&] {
    at->on_field(view(name, name_size), view(value, value_size));
    return owner_of(user_data).on_field(*at);
  });
}

int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return guarded([&] { return owner_of(user_data).on_frame(*frame); });
}

int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int, void* user_data) {
  owner_of(user_data).on_invalid_frame(frame->hd);
  return 0;
}

int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
            void* user_data) {
  return guarded([&] { return owner_of(user_data).on_data(id, view(bytes, size)); });
}

int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return guarded([&] { return owner_of(user_data).on_frame_sent(*frame); });
}

int on_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user_data) {
  auto* const at = owner_of(user_data).find(id);
  if (at == nullptr) return 0;
  return guarded([&] { return owner_of(user_data).on_close(*at, code); });
}

ssize_t take(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t room, std::uint32_t* flags,
             nghttp2_data_source* source, void*) {
  return static_cast<stream*>(source->ptr)->take(into, room, *flags);
}

/// Made once: they are the same for all connections, and read-only from then on.
struct shared_settings {
  shared_settings() {
    if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&options) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option_set_no_auto_window_update(options, 1);  // a window opens as its handler reads
    nghttp2_option_set_no_closed_streams(options, 1);
    // Behind our own limits (flood_meter), which say to the client what it does wrong, and are counted.
    nghttp2_option_set_max_outbound_ack(options, 2 * flood_meter::burst);
#ifdef SUNDOWN_NGHTTP2_LIMITS_RESETS
    nghttp2_option_set_stream_reset_rate_limit(options, 2 * flood_meter::burst, 2 * flood_meter::per_second);
#endif
    nghttp2_option_set_builtin_recv_extension_type(options, NGHTTP2_PRIORITY_UPDATE);  // RFC 9218
  }

  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* options = nullptr;
};

}  // namespace

library_session make_library_session(session& owner, block_pool& memory) {
  static const shared_settings shared;
  nghttp2_session* made = nullptr;
  memory.begin_session();
  const int failed = nghttp2_session_server_new3(&made, shared.callbacks, &owner, shared.options, memory.calls());
  memory.end_session();
  if (failed != 0) throw std::bad_alloc();
  return library_session(made);
}

nghttp2_data_provider answer_source() noexcept {
  nghttp2_data_provider made{};
  made.read_callback = take;
  return made;
}

}  // namespace sundown::http2
