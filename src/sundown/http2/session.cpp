#include "http2/session.hpp"

#include "http/worker_parts.hpp"
#include "http2/shared.hpp"

#include <sundown/log.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>
#include <utility>

namespace sundown::http2 {

using http::phase;
using http::detail::fate;
using http::detail::transport;

namespace {

/// A connection's own window; a stream has 65,535 bytes.
constexpr std::int32_t connection_window = 1 << 20;
/// What a head may have before its connection is ended, in heads of http.header_limit.
constexpr std::size_t most_heads = 8;
/// Frames that wait for the client to read, beside those of its streams.
constexpr std::size_t most_queued = 4096;
/// How long a connection has had no stream before it gives back what the next one brings again.
constexpr std::chrono::seconds rest_after{1};
/// How often a PING is acknowledged before the client counts as one that knows: what it had in hand when it read of the
/// stop, a proxy such as HAProxy sends behind its first acknowledgement.
constexpr int round_trips = 2;
/// The PING whose acknowledgement says that the client has heard of the stop.
constexpr std::array<std::uint8_t, 8> stop_ping{'g', 'o', 'i', 'n', 'g', 'a', 'w', 'y'};

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

}  // namespace

session::session(http::detail::connection& client)
    : client_(client),
      parts_(client.parts()),
      shared_(shared::of(client.parts())),
      library_(make_library_session(*this, shared_.blocks)),
      table_(shared_.blocks.table()),
      out_(*this, library_.get(), shared_.out),
      conduct_(client, library_.get()),
      wake_(client.parts().executor) {}

session::~session() {
  streams_.clear_and_dispose([this](stream* left) { shared_.give_back(std::unique_ptr<stream>(left)); });
}

// -- the connection's one coroutine

task<> session::run(std::shared_ptr<session>, std::string received) {
  client_.carry(*this);
  begin();
  receive(received);
  std::string().swap(received);
  for (;;) {
    settle();
    if (!client_.goes_on()) break;
    if (read_closed_) {
      co_await wake_.wait();
      now_ = clock::now();
      continue;
    }
    if (conduct_.failed() || !client_.io().holds_input()) {
      const auto [failed] = co_await client_.io().wait_readable();
      now_ = clock::now();
      if (client_.lost()) break;
      if (failed) {
        // A wake-up, or the connection's place is wanted.
        if (failed != asio::error::operation_aborted) client_.ends(fate::peer_gone);
        if (client_.take_interrupt() == http::detail::connection::interrupt::deadline) farewell_ = farewell::due;
        continue;
      }
    }
    const bool more = read_all();
    if (limits_passed_ && (!more || client_.received() >= owed_)) heed_limits();
    if (more) co_await parts_.turns.next(&client_);
  }
  co_await finish();
}

void session::begin() {
  parts_.book.speaks_http2();
  const auto& limits = parts_.limits;
  const std::array<nghttp2_settings_entry, 3> settings{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, static_cast<std::uint32_t>(limits.max_streams)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.header_limit)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  nghttp2_submit_settings(library_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(library_.get(), NGHTTP2_FLAG_NONE, 0, connection_window);
  client_.no_deadline();
  client_.active(now_);
  set_phase();
  if (parts_.stop.draining()) announce();
}

bool session::read_all() {
  static thread_local std::array<char, 32 << 10> buffer;
  for (;;) {
    const auto got = client_.read(asio::buffer(buffer));
    switch (got.how) {
      case transport::status::done:
        receive({buffer.data(), got.bytes});
        if (conduct_.failed() || (got.bytes < buffer.size() && !client_.io().holds_input())) return false;
        break;
      case transport::status::blocked:
        return false;
      case transport::status::ended:
        end_input();
        return false;
      case transport::status::broken:
        client_.ends(fate::peer_gone);
        return false;
    }
    settle();
    if (!client_.goes_on()) return false;
    if (client_.turn_over(clock::now())) return true;
  }
}

void session::end_input() {
  read_closed_ = true;  // answers to whole requests are owed
  for (auto at = streams_.begin(); at != streams_.end();) (at++)->on_input_end();
}

void session::receive(std::string_view bytes) {
  // nghttp2 takes each piece of a CONTINUATION's head for one frame more, of which it tolerates few: it gets heads
  // whole.
  if (const auto begun = data_watch_.begun(); !begun.empty()) [[unlikely]] {
    std::array<char, data_watch::head_size> head;
    const auto missing = std::min(head.size() - begun.size(), bytes.size());
    auto* const middle = std::copy(begun.begin(), begun.end(), head.data());
    const auto* const end = std::copy_n(bytes.data(), missing, middle);
    data_watch_.forget_begun();
    receive_frames({head.data(), static_cast<std::size_t>(end - head.data())});
    bytes.remove_prefix(missing);
  }
  receive_frames(bytes);
}

void session::receive_frames(std::string_view bytes) {
  while (!conduct_.failed() && !bytes.empty()) {
    // What comes before a head of DATA is received before its stream is looked at: nghttp2 takes the last byte of the
    // head for a head.
    const auto watched = data_watch_.look_at(bytes);
    const bool at_data = data_watch_.stream() != 0;
    take_in(bytes.substr(0, watched - (at_data ? 1 : data_watch_.begun().size())));
    if (at_data) {
      conduct_.expect_open(data_watch_.stream());
      take_in(bytes.substr(watched - 1, 1));
    }
    bytes.remove_prefix(watched);
  }
}

void session::take_in(std::string_view bytes) {
  if (conduct_.failed() || bytes.empty()) return;
  const auto taken = nghttp2_session_mem_recv(library_.get(), bytes_of(bytes), bytes.size());
  if (taken >= 0) {
    const auto queued = nghttp2_session_get_outbound_queue_size(library_.get());
    if (queued > most_queued + 4 * parts_.limits.max_streams) conduct_.end_for(flood::library);
    return;
  }
  conduct_.break_off_for(static_cast<int>(taken));
}

void session::settle() {
  if (ended_ || client_.lost()) return;
  settling_ = true;
  drop_gone();
  serve_ready();
  const bool farewell_due = farewell_ == farewell::due;
  if (farewell_due) say_farewell();
  settling_ = false;
  out_.flush();
  if (farewell_due) farewell_ = farewell::said;
  end_if_done();
  if (client_.goes_on()) set_phase();
}

void session::serve_ready() {
  // A handler begins at once, and what it writes may close other streams.
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    if (ready_[i] != nullptr) ready_[i]->serve();
  }
  ready_.clear();
}

void session::set_phase() {
  const bool busy = !streams_.empty();
  const auto wanted = busy ? phase::streams : phase::idle;
  auto& status = client_.status();
  if (status.phase() == wanted) return;
  status.enter(wanted);
  if (busy) return;
  client_.active(now_);
  set_deadlines();
}

void session::set_deadlines() {
  for (const auto& each : streams_) {
    if (!each.lost()) look_by(each.deadline());
    if (each.runs()) watch_run_end(each.run_end());
  }
  if (farewell_ == farewell::none || farewell_ == farewell::announced) look_by(announce_end_);
  if (!streams_.empty()) return;
  look_by(client_.active_at() + parts_.limits.idle_timeout);
  if (!rests_) look_by(client_.active_at() + rest_after);
}

void session::drop_gone() {
  while (!gone_.empty()) {
    auto& each = *gone_.back();
    gone_.pop_back();
    each.lose(http::detail::client_gone);
    each.book(now_);
    if (!each.runs()) release(each);
  }
}

void session::lose_client() {
  client_.ends(fate::peer_gone);
  stir();
}

void session::end_if_done() {
  if (!client_.goes_on() || out_.waits()) return;
  auto* const library = library_.get();
  const bool nothing_open = streams_.empty() || conduct_.failed();
  const bool reads = nghttp2_session_want_read(library) != 0 && !conduct_.failed();
  const bool silent = !reads && nghttp2_session_want_write(library) == 0;
  // After the client's FIN no window is opened and no body comes any more.
  const bool stuck = read_closed_ && running_ == 0 && nghttp2_session_want_write(library) == 0;
  if (silent || (read_closed_ && nothing_open)) {
    client_.ends(fate::last_answer);
    stir();
  } else if (stuck) {
    lose_client();
  }
}

void session::stir() {
  wake_.wake();
  if (!read_closed_) client_.io().cancel();
}

task<> session::finish() {
  const char* const why = client_.cut_reason() ? client_.cut_reason() : http::detail::client_gone;
  for (auto* const each : answered_) each->lose(why);
  book_written();
  drop_gone();
  for (auto at = streams_.begin(); at != streams_.end();) {
    auto& each = *at++;
    each.lose(why);
    each.on_close();
    if (!each.runs()) release(each);
  }
  if (out_.waits()) client_.io().cancel();
  while (running_ > 0 || out_.waits()) co_await wake_.wait();
  ended_ = true;
}

// -- writing

void session::flush_soon() {
  if (settling_ || std::exchange(flush_posted_, true)) return;
  asio::post(parts_.executor, [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->go_on();
  });
}

void session::go_on() {
  if (ended_) return;
  now_ = clock::now();
  settle();
}

void session::on_written() {
  drop_gone();
  book_written();
}

void session::book_written() {
  if (answered_.empty()) return;
  now_ = clock::now();
  for (auto* const each : answered_) {
    each->book(now_);
    if (!each->runs()) release(*each);
  }
  answered_.clear();
}

void session::submit_answer(stream& on, const http::response& head, http::detail::framing body, bool has_body) {
  // Other fields come and drive the name out of the table again.
  const bool index_id = answers_++ == 0;
  const auto fields = shared_.heads.fields(head, body, on.current().id(), parts_.heads, index_id);
  auto source = answer_source();
  source.source.ptr = &on;
  const int failed =
      nghttp2_submit_response(library_.get(), on.id(), fields.data(), fields.size(), has_body ? &source : nullptr);
  if (failed != 0) reset(on, NGHTTP2_INTERNAL_ERROR);
  flush_soon();
}

void session::submit_continue(const stream& on) {
  static constexpr std::string_view name = ":status", value = "100";
  const nghttp2_nv field{const_cast<std::uint8_t*>(bytes_of(name)), const_cast<std::uint8_t*>(bytes_of(value)),
                         name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  nghttp2_submit_headers(library_.get(), NGHTTP2_FLAG_NONE, on.id(), nullptr, &field, 1, nullptr);
  flush_soon();
}

void session::reset(const stream& which, std::uint32_t code) {
  nghttp2_submit_rst_stream(library_.get(), NGHTTP2_FLAG_NONE, which.id(), code);
  flush_soon();
}

void session::resume(const stream& which) { nghttp2_session_resume_data(library_.get(), which.id()); }

void session::open_window(const stream& which, std::size_t bytes) {
  if (which.is_open()) nghttp2_session_consume_stream(library_.get(), which.id(), bytes);
}

bool session::window_closed(const stream& which) const {
  if (out_.waits()) return false;
  auto* const library = library_.get();
  return nghttp2_session_get_remote_window_size(library) <= 0 ||
         nghttp2_session_get_stream_remote_window_size(library, which.id()) <= 0;
}

// -- what nghttp2 tells

stream* session::find(std::int32_t id) {
  // Most questions are about the stream of the last one.
  if (found_ == nullptr || found_->id() != id) {
    found_ = static_cast<stream*>(nghttp2_session_get_stream_user_data(library_.get(), id));
  }
  return found_;
}

int session::on_begin_frame(const nghttp2_frame_hd& head) {
  conduct_.on_begin_frame(head, now_);
  return 0;
}

void session::on_invalid_frame(const nghttp2_frame_hd& head) {
  if (head.type == NGHTTP2_HEADERS) conduct_.pass_over(head.stream_id);  // refused: nghttp2 keeps nothing of it
}

int session::on_begin_request(std::int32_t id) {
  if (conduct_.failed() || running_ >= 2 * parts_.limits.max_streams) {
    // Handlers of streams that were reset run on.
    nghttp2_submit_rst_stream(library_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM);
    return 0;
  }
  auto made = shared_.take();
  made->begin(*this, id, now_);
  streams_.push_back(*made);
  rests_ = false;
  found_ = made.release();
  nghttp2_session_set_stream_user_data(library_.get(), id, found_);
  if (parts_.stop.draining()) announce();
  set_phase();
  return 0;
}

int session::on_field(const stream& at) {
  if (at.head_size() > most_heads * parts_.limits.header_limit) conduct_.end_for(flood::header_list);
  return 0;
}

int session::on_frame(const nghttp2_frame& frame) {
  const auto& head = frame.hd;
  switch (head.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      auto* const at = find(head.stream_id);
      if (at == nullptr) return 0;
      const bool ends = (head.flags & NGHTTP2_FLAG_END_STREAM) != 0;
      if (head.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
        if (at->on_head(!ends)) ready_.push_back(at);
      } else if (ends && at->on_body_end()) {
        ready_.push_back(at);
      }
      return 0;
    }
    case NGHTTP2_PING:
      if ((head.flags & NGHTTP2_FLAG_ACK) != 0 && farewell_ == farewell::announced &&
          std::equal(stop_ping.begin(), stop_ping.end(), frame.ping.opaque_data)) {
        on_round_trip();
      }
      return 0;
    case NGHTTP2_WINDOW_UPDATE:
      conduct_.on_window_update(frame, now_);
      return 0;
    default:
      return 0;
  }
}

int session::on_data(std::int32_t id, std::string_view bytes) {
  // The connection's window is never what a client waits for: streams have theirs.
  nghttp2_session_consume_connection(library_.get(), bytes.size());
  auto* const at = find(id);
  if (at != nullptr && at->on_body(bytes)) ready_.push_back(at);
  return 0;
}

int session::on_frame_sent(const nghttp2_frame& frame) {
  const auto& head = frame.hd;
  if (head.type == NGHTTP2_GOAWAY && farewell_ == farewell::due) farewell_ = farewell::said;
  if (head.type == NGHTTP2_RST_STREAM) {
    if (find(head.stream_id) == nullptr) conduct_.tolerates(flood::resets, now_);  // ours are counted when they end
    conduct_.pass_over(head.stream_id);
  }
  if (head.type == NGHTTP2_DATA) conduct_.on_data_sent(head.length);
  const bool answers = head.type == NGHTTP2_HEADERS || head.type == NGHTTP2_DATA;
  if (!answers || (head.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  auto* const at = find(head.stream_id);
  if (at == nullptr) return 0;
  at->on_answered();
  // RFC 9113 §8.1: the rest of the body is of no use any more.
  if (nghttp2_session_get_stream_remote_close(library_.get(), head.stream_id) == 0) {
    nghttp2_submit_rst_stream(library_.get(), NGHTTP2_FLAG_NONE, head.stream_id, NGHTTP2_NO_ERROR);
  }
  return 0;
}

int session::on_close(stream& at, std::uint32_t) {
  nghttp2_session_set_stream_user_data(library_.get(), at.id(), nullptr);
  found_ = nullptr;
  std::replace(ready_.begin(), ready_.end(), &at, static_cast<stream*>(nullptr));
  if (at.is_answered()) {
    at.on_close();
    answered_.push_back(&at);
    return 0;
  }
  conduct_.tolerates(flood::resets, now_);
  at.on_close();
  gone_.push_back(&at);  // its handler is told when nghttp2 has returned
  return 0;
}

// -- streams

void session::release(stream& which) {
  which.book(now_);
  streams_.erase(streams_.iterator_to(which));
  shared_.give_back(std::unique_ptr<stream>(&which));
}

void session::run_ended(stream& which) {
  --running_;
  const auto is_in = [&](const auto& list) { return std::find(list.begin(), list.end(), &which) != list.end(); };
  if (!which.is_open() && !is_in(answered_) && !is_in(gone_)) release(which);
  if (client_.goes_on()) {
    flush_soon();
  } else {
    wake_.wake();
  }
}

// -- limits

std::chrono::milliseconds session::stall_limit() const {
  return client_.draining() ? parts_.stop.plan().stall_limit : parts_.limits.stall_limit;
}

void session::look_by(clock::time_point when) {
  if (when < client_.deadline()) client_.set_deadline(when);
}

void session::watch_run_end(clock::time_point when) {
  if (when < client_.run_end()) client_.set_run_end(when);
}

void session::on_deadline(clock::time_point now) {
  now_ = now;
  if (!out_.waits()) client_.no_deadline();
  const auto unread = client_.io().available();
  if (unread == 0) {
    heed_limits();
    return flush_soon();
  }
  // run() is about to read it.
  if (!std::exchange(limits_passed_, true)) owed_ = client_.received() + unread;
}

void session::heed_limits() {
  limits_passed_ = false;
  for (auto& each : streams_) each.on_deadline(now_);
  const bool told = farewell_ == farewell::due || farewell_ == farewell::said;
  if (!told && now_ >= announce_end_) farewell_ = farewell::due;
  rest();
  const bool idle = streams_.empty() && farewell_ == farewell::none;
  if (idle && now_ >= client_.active_at() + parts_.limits.idle_timeout) farewell_ = farewell::due;
  set_deadlines();
}

void session::rest() {
  if (rests_ || !streams_.empty() || now_ < client_.active_at() + rest_after) return;
  rests_ = true;
  if (table_ != nullptr) table_pages::rest(table_);
}

void session::end_for_slow_head() { conduct_.break_off(NGHTTP2_ENHANCE_YOUR_CALM); }

// -- the stop

void session::announce() {
  if (farewell_ != farewell::none) return;
  // Whoever has connected has something to ask, and is told when it has: HAProxy gives up a request that a GOAWAY
  // comes before.
  if (nghttp2_session_get_last_proc_stream_id(library_.get()) == 0) return limit_to_idle_grace();
  farewell_ = farewell::announced;
  nghttp2_submit_shutdown_notice(library_.get());
  nghttp2_submit_ping(library_.get(), NGHTTP2_FLAG_NONE, stop_ping.data());
  limit_to_idle_grace();
}

void session::limit_to_idle_grace() {
  announce_end_ = parts_.stop.grace_end(clock::now(), parts_.stop.plan().idle_grace);
  look_by(announce_end_);
}

void session::on_round_trip() {
  if (++round_trips_ == round_trips) {
    farewell_ = farewell::due;
  } else {
    nghttp2_submit_ping(library_.get(), NGHTTP2_FLAG_NONE, stop_ping.data());
  }
}

void session::say_farewell() {
  conduct_.pass_over_all();
  // Nothing is received between this and the frame's way out, so the id is that of the last stream that is served.
  nghttp2_submit_goaway(library_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(library_.get()),
                        NGHTTP2_NO_ERROR, nullptr, 0);
  out_.gather_behind();
}

void session::on_announce(clock::time_point now) {
  now_ = now;
  for (auto& each : streams_) each.on_announce(now);
  announce();
  flush_soon();
}

void session::on_hard_cancel() {
  for (auto& each : streams_) each.on_hard_cancel();
  flush_soon();
}

void session::cancel_handlers() {
  const char* const why = client_.cut_reason() ? client_.cut_reason() : http::detail::client_gone;
  for (auto at = streams_.begin(); at != streams_.end();) (at++)->lose(why);
  stir();
}

void session::report_cut(const char* why) {
  for (auto& each : streams_) {
    if (!each.is_booked()) each.report_cut(why);
  }
}

void session::for_each_request(const std::function<void(const http::detail::exchange&)>& call) {
  for (auto& each : streams_) {
    if (!each.is_booked()) call(each.current());
  }
}

void session::on_finish() {
  for (auto& each : streams_) each.book(clock::now());
}

}  // namespace sundown::http2
