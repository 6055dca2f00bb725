#include "http2/stream.hpp"

#include "http/answer_rules.hpp"
#include "http/handler_run.hpp"
#include "http/refusals.hpp"
#include "http/routing.hpp"
#include "http/time_limit.hpp"
#include "http/worker_parts.hpp"
#include "http2/session.hpp"
#include "log/failure.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace sundown::http2 {

using http::phase;
using http::response;
using http::verb;
using http::detail::body_fault;
using http::detail::exchange;
using http::detail::framing;
using http::detail::parse_fault;

namespace {

/// Of the memory of one request, what the next one gets.
constexpr std::size_t most_kept = 16 << 10;

void give_back(std::string& text) noexcept {
  if (text.capacity() > most_kept) {
    std::string().swap(text);
  } else {
    text.clear();
  }
}

}  // namespace

stream::stream(http::detail::worker_parts& parts)
    : parts_(parts), status_(parts.streams.counts()), waiter_(parts.executor) {
  current_.drain = &parts.stop;
  current_.shown = &status_;
  parts.streams.add(status_);
}

stream::~stream() { parts_.streams.remove(status_); }

void stream::begin(session& owner, std::int32_t id, clock::time_point now) {
  session_ = &owner;
  id_ = id;
  const auto limit = parts_.limits.header_limit;
  current_.begin(static_cast<std::uint32_t>(limit));
  current_.client = &owner.client();
  head_.begin(limit);
  held_ = sent_ = 0;
  cut_ = nullptr;
  runs_ = closed_ = lost_ = answered_ = stream_ended_ = broken_ = booked_ = reads_ = false;
  deadline_ = grace_end_ = run_end_ = never;
  status_.belongs_to(static_cast<std::uint32_t>(id));
  status_.begin_request(now);
  status_.enter(phase::head);
  auto end = now + parts_.limits.header_timeout;
  if (parts_.stop.draining()) end = std::min(end, parts_.stop.grace_end(now, parts_.stop.plan().header_grace));
  set_deadline(end);
}

void stream::end() noexcept {
  status_.enter(phase::fresh);
  current_.end();
  current_.refusal.reset();
  answer_ = response();
  piece_ = {};
  give_back(in_);
  give_back(given_);
  session_ = nullptr;
}

void stream::set_deadline(clock::time_point when) {
  deadline_ = std::min({when, grace_end_, run_end_});
  session_->look_by(deadline_);
}

void stream::set_run_end(clock::time_point when) {
  const auto before = std::exchange(run_end_, when);
  if (when < deadline_) {
    set_deadline(when);
  } else if (deadline_ == before) {
    set_deadline(never);
  }
  session_->watch_run_end(when);
}

// -- the request

bool stream::on_head(bool has_body) {
  auto& x = current_;
  auto& parser = *x.parser;
  head_.end(parser, has_body);
  x.head_size = head_.size();
  x.identify(parts_.next_request_number());
  set_deadline(never);
  if (parser.fault() != parse_fault::none) {
    x.refusal = http::detail::refusal_for(parser.fault());
    return true;
  }
  http::detail::find_route(x, parts_, status_);
  body_limit_ = http::detail::body_limit(x, parts_);
  if (parser.content_length().value_or(0) > body_limit_) http::detail::refuse_body(x, body_limit_);
  if (x.refusal) return true;
  if (!x.match->scope->guards.empty()) {
    x.to_guard = true;
    x.body_since = {};
    return true;
  }
  if (x.is_body_done() || x.is_upload()) return true;
  status_.enter(phase::body);
  ask_for_body();
  set_deadline(body_deadline());
  return false;
}

bool stream::on_body(std::string_view bytes) {
  auto& x = current_;
  if (x.status != 0 || x.refusal || lost()) return false;  // nobody reads it
  x.body_received += bytes.size();
  if (x.body_received > body_limit_) {
    x.parser->refuse(parse_fault::body_too_large);
    x.body_fault = body_fault::refused;
    waiter_.wake();
    if (runs_) return false;
    x.refusal = http::detail::refusal_for(parse_fault::body_too_large);
    return true;
  }
  if (x.is_upload()) {
    in_ += bytes;
    if (reads_) waiter_.wake();
    return false;
  }
  x.parser->put_decoded_body(bytes);
  if (x.to_guard || runs_) {
    held_ += bytes.size();
  } else {
    session_->open_window(*this, bytes.size());
    set_deadline(body_deadline());
  }
  return false;
}

bool stream::on_body_end() {
  auto& x = current_;
  if (!x.head_done() || x.is_body_done()) return false;
  x.parser->end_decoded_body();
  if (x.status != 0 || x.refusal || lost()) return false;
  if (reads_) waiter_.wake();
  if (x.to_guard || runs_ || x.is_upload()) return false;
  set_deadline(never);
  return true;
}

void stream::on_input_end() {
  if (current_.is_body_done() || lost()) return;
  if (current_.status != 0 && !reads_) return;  // nobody waits for the rest
  session_->reset(*this, NGHTTP2_CANCEL);
  lose(http::detail::client_gone);
}

void stream::ask_for_body() {
  auto& x = current_;
  if (x.continue_sent || !x.parser->expects_continue() || x.body_received > 0) return;
  x.continue_sent = true;
  session_->submit_continue(*this);
}

clock::time_point stream::body_deadline() const {
  const auto& limits = parts_.limits;
  if (limits.body_rate == 0) return clock::now() + limits.idle_timeout;  // any rate, but not nothing
  const std::chrono::milliseconds earned(current_.body_received * 1000 / limits.body_rate);
  return std::max(status_.started(), current_.body_since) + limits.body_grace + earned;
}

error stream::body_failed(body_fault why, std::string detail) {
  current_.body_fault = why;
  const bool canceled = why == body_fault::canceled || why == body_fault::timed_out;
  return {canceled ? errc::canceled : errc::invalid, std::move(detail)};
}

task<result<std::string_view>> stream::read_piece() {
  auto& x = current_;
  for (;;) {
    if (lost()) co_return error{errc::canceled, "the stream is gone"};
    if (x.body_fault == body_fault::refused) co_return error{errc::invalid, "the body is too large"};
    if (x.body_fault == body_fault::too_slow) co_return error{errc::invalid, "the body came too slowly"};
    if (x.body_fault == body_fault::canceled) co_return error{errc::canceled, "the service is stopping"};
    if (x.timed_out) co_return body_failed(body_fault::timed_out, "the time of the request is over");
    if (!in_.empty()) {
      given_.clear();
      given_.swap(in_);
      session_->open_window(*this, given_.size());
      session_->flush_soon();
      if (session_->client().turn_over(clock::now())) co_await parts_.turns.next(&session_->client());
      co_return std::string_view(given_);
    }
    if (x.is_body_done()) co_return std::string_view{};
    if (session_->input_ended()) co_return error{errc::canceled, "the client is gone"};
    if (parts_.stop.hard_canceled()) co_return body_failed(body_fault::canceled, "the service is stopping");
    ask_for_body();
    status_.enter(phase::body);
    set_deadline(body_deadline());
    reads_ = true;
    co_await waiter_.wait();
    reads_ = false;
    if (!lost()) {
      status_.enter(phase::handling);
      set_deadline(never);
    }
  }
}

// -- its handler

void stream::serve() {
  auto& x = current_;
  if (x.status != 0 || runs_ || lost()) return;
  if (x.refusal) return answer(std::move(*x.refusal));
  if (parts_.admission && !x.admitted && !parts_.stop.hard_canceled()) [[unlikely]]
    return await_admission();
  const auto* const plain = std::get_if<http::plain_handler>(&x.match->call);
  if (!plain || x.to_guard) {
    if (parts_.stop.hard_canceled()) return answer_stopping();
    return start();
  }
  status_.enter(phase::handling);
  try {
    answer((*plain)(http::request(x)));
  } catch (...) {
    http::detail::handler_run(*this).settle(std::current_exception(), nullptr);
  }
  x.pass.leave();
}

void stream::await_admission() {
  using verdict = http::detail::admission::verdict;
  asio::any_completion_handler<void()> resume = [this, owner = session_->share()] { on_admission(); };
  switch (parts_.admission->enter(current_, in_queue_)) {
    case verdict::admitted:
      return serve();
    case verdict::shed:
      return refuse_admission();
    case verdict::waits:
      break;
  }
  status_.enter(phase::queued);
  set_deadline(never);
  in_queue_.resume = std::move(resume);
}

void stream::on_admission() {
  using outcome = http::detail::queued_request::outcome;
  const auto owner = session_->share();
  switch (in_queue_.how) {
    case outcome::admitted:
      serve();
      break;
    case outcome::shed:
      refuse_admission();
      break;
    case outcome::gone:
      owner->lose_client();
      break;
    case outcome::waits:
      break;
  }
  owner->flush_soon();
}

void stream::refuse_admission() {
  current_.shed = http::shed_names[static_cast<std::size_t>(in_queue_.why)];
  current_.to_guard = false;
  answer(http::detail::overloaded());
}

void stream::start() {
  runs_ = true;
  set_deadline(never);
  session_->run_begins();
  // The session, and with it this stream, lives as long as the handler's coroutine.
  asio::co_spawn(parts_.executor, run(), [owner = session_->share()](const std::exception_ptr& failure) {
    if (failure) log::report_failure("a stream", failure);
  });
}

task<> stream::run() {
  try {
    co_await http::detail::handler_run::run(*this);
  } catch (...) {
    log::report_failure("a stream", std::current_exception());
    break_off();
  }
  on_run_end();
}

void stream::on_run_end() {
  auto& x = current_;
  runs_ = false;
  if (x.status != 0 || lost()) x.pass.leave();
  const auto owner = session_->share();  // it may have waited for this alone
  if (!lost() && x.status == 0 && !x.stream) {
    // The guards have let it in: its body is to come, or its handler is a plain one.
    if (const auto held = std::exchange(held_, 0)) owner->open_window(*this, held);
    if (x.refusal || x.is_body_done()) {
      serve();
    } else {
      status_.enter(phase::body);
      ask_for_body();
      set_deadline(body_deadline());
    }
    owner->flush_soon();
  }
  owner->run_ended(*this);
}

// -- its answer

void stream::submit_head(framing body, bool has_body) {
  auto& x = current_;
  x.status = answer_.status;
  x.bytes = 0;
  taken_at_ = session_->now();
  set_deadline(has_body ? taken_at_ + session_->stall_limit() : never);
  session_->submit_answer(*this, answer_, body, has_body);
}

void stream::answer(response given) {
  auto& x = current_;
  if (lost()) return;
  http::detail::prepare(given, x, parts_, status_);
  answer_ = std::move(given);
  status_.enter(phase::answer);
  const auto kind = http::detail::has_no_body(answer_.status) ? framing::kind::none : framing::kind::length;
  const framing body{kind, answer_.body.size()};
  if (x.is_head_request()) answer_.body.clear();
  submit_head(body, kind == framing::kind::length && !answer_.body.empty());
}

void stream::answer_stopping() {
  parts_.book.refused();
  report_cut("hard_cancel");
  answer(http::detail::stopping());
}

void stream::answer_instead(response whole) {
  auto& x = current_;
  if (x.stream || x.refusal) throw std::logic_error("a stream's handler answers or streams, once");
  x.refusal = std::move(whole);
}

task<result<void>> stream::start_stream(response head, framing body, bool endless) {
  auto& x = current_;
  http::detail::prepare_stream(head, x);
  answer_ = std::move(head);
  x.stream = http::detail::stream_progress{body.how, body.length};
  if (!http::detail::outlasts_head(x)) set_run_end(never);
  status_.enter(endless ? phase::stream : phase::answer);
  if (endless) x.pass.leave();
  if (endless && parts_.stop.draining()) limit_to_stream_grace(clock::now());
  if (lost()) co_return error{errc::canceled, "the peer is gone"};
  submit_head(body, !x.is_head_request());
  session_->flush();
  if (lost()) co_return error{errc::canceled, "the peer is gone"};
  co_return result<void>{};
}

/// A piece is the caller's: nothing looks at it when the call is over, by whatever way.
class stream::piece_guard {
 public:
  explicit piece_guard(stream& owner) noexcept : owner_(owner) {}
  piece_guard(const piece_guard&) = delete;
  piece_guard& operator=(const piece_guard&) = delete;
  ~piece_guard() {
    if (owner_.piece_.empty()) return;
    owner_.piece_ = {};
    owner_.broken_ = true;
  }

 private:
  stream& owner_;
};

task<result<void>> stream::write_piece(std::string_view piece) {
  auto& x = current_;
  if (!x.stream) throw std::logic_error("a stream is started before it is written");
  if (lost() || broken_) co_return error{errc::canceled, "the peer is gone"};
  if (x.is_head_request()) co_return error{errc::canceled, "a HEAD request has no body"};
  if (piece.empty()) co_return result<void>{};
  if (x.stream->how == framing::kind::length && piece.size() > x.stream->length - x.bytes) {
    throw std::logic_error("a stream is longer than it said");
  }
  if (session_->client().turn_over(clock::now())) co_await parts_.turns.next(&session_->client());
  if (lost()) co_return error{errc::canceled, "the peer is gone"};
  const piece_guard taken(*this);
  piece_ = piece;
  taken_at_ = clock::now();
  session_->resume(*this);
  session_->flush();
  while (!piece_.empty() && !lost()) {
    set_deadline(taken_at_ + session_->stall_limit());
    co_await waiter_.wait();
  }
  set_deadline(never);
  if (lost()) co_return error{errc::canceled, "the peer is gone"};
  co_return result<void>{};
}

task<bool> stream::wait(std::chrono::milliseconds most) {
  const auto end = clock::now() + most;
  const auto ends = [this] { return parts_.stop.draining() || lost(); };
  while (!ends() && clock::now() < end) co_await waiter_.wait_until(end);
  co_return !ends();
}

const char* stream::finish_stream() {
  const auto& x = current_;
  if (!x.stream) return "the handler has not started its stream";
  if (broken_) return "a write of the stream was canceled";
  if (!x.is_head_request()) {
    if (x.stream->how == framing::kind::length && x.bytes != x.stream->length)
      return "a stream is shorter than it said";
    stream_ended_ = true;
    session_->resume(*this);
  }
  grace_end_ = never;
  set_deadline(never);
  session_->flush_soon();
  return nullptr;
}

void stream::break_off() {
  if (lost()) return;
  if (parts_.stop.draining()) report_cut("failed");
  cut_ = "handler";
  lost_ = true;
  session_->reset(*this, NGHTTP2_INTERNAL_ERROR);
}

long stream::take(std::uint8_t* into, std::size_t room, std::uint32_t& flags) {
  auto& x = current_;
  taken_at_ = session_->now();
  const auto rest = x.stream ? piece_ : std::string_view(answer_.body).substr(sent_);
  const auto size = std::min(room, rest.size());
  if (size == 0) {
    if (x.stream && !stream_ended_) return NGHTTP2_ERR_DEFERRED;
    flags |= NGHTTP2_DATA_FLAG_EOF;
    return 0;
  }
  std::memcpy(into, rest.data(), size);
  x.bytes += size;
  if (x.stream) {
    piece_.remove_prefix(size);
    if (piece_.empty()) waiter_.wake();
  } else {
    sent_ += size;
    if (sent_ == answer_.body.size()) flags |= NGHTTP2_DATA_FLAG_EOF;
  }
  return static_cast<long>(size);
}

// -- limits and the stop

void stream::lose(const char* why) {
  if (lost_) return;
  lost_ = true;
  if (!cut_) cut_ = why;
  if (in_queue_.linked) parts_.admission->forget(in_queue_);
  const bool runs_on =
      runs_ && why == std::string_view(http::detail::client_gone) && !http::detail::tell_of_gone_client(current_);
  if (runs_ && !runs_on) cancel_.emit(asio::cancellation_type::terminal);
  waiter_.wake();
}

void stream::limit_to_stream_grace(clock::time_point now) {
  grace_end_ = now + parts_.stop.plan().stream_grace;
  set_deadline(deadline_);
}

void stream::on_announce(clock::time_point now) {
  if (lost()) return;
  if (status_.phase() == phase::head)
    set_deadline(std::min(deadline_, parts_.stop.grace_end(now, parts_.stop.plan().header_grace)));
  if (status_.phase() == phase::stream) limit_to_stream_grace(now);
  if (current_.status != 0 && deadline_ != never) set_deadline(std::min(deadline_, now + session_->stall_limit()));
  waiter_.wake();
}

void stream::on_hard_cancel() {
  const auto doing = status_.phase();
  if (lost() && runs_) return cancel_.emit(asio::cancellation_type::terminal);
  const bool waits = doing == phase::body || doing == phase::queued || doing == phase::handling;
  if (lost() || current_.status != 0 || !waits) return;
  if (in_queue_.linked) parts_.admission->forget(in_queue_);
  if (!runs_) return answer_stopping();
  if (reads_) current_.body_fault = body_fault::canceled;
  cancel_.emit(asio::cancellation_type::terminal);
  waiter_.wake();
}

bool stream::stalls(clock::time_point now) {
  // What waits for the socket, or for other streams, waits by the connection's own limit.
  if (!session_->window_closed(*this)) taken_at_ = now;
  const auto limit = session_->stall_limit();
  set_deadline(taken_at_ + limit);
  return now - taken_at_ >= limit;
}

void stream::on_deadline(clock::time_point now) {
  auto& x = current_;
  if (lost()) {
    if (!runs_ || now < run_end_) return;
    run_end_ = never;
    return cancel_.emit(asio::cancellation_type::terminal);  // one that runs on
  }
  if (now >= grace_end_) {
    grace_end_ = never;
    return give_up("stream_grace");
  }
  if (now < deadline_) return;
  if (now >= run_end_) {
    run_end_ = never;
    deadline_ = grace_end_;
    return time_out();
  }
  deadline_ = std::min(grace_end_, run_end_);
  if (x.status != 0) {
    if (stalls(now)) give_up("stall_limit");
  } else if (!x.head_done()) {
    session_->end_for_slow_head();
  } else if (runs_) {
    x.body_fault = body_fault::too_slow;
    waiter_.wake();
  } else {
    answer(http::detail::too_slow());
  }
}

void stream::time_out() {
  auto& x = current_;
  x.timed_out = true;
  if (x.status != 0) return give_up(http::detail::request_timeout);
  cancel_.emit(asio::cancellation_type::terminal);
  waiter_.wake();
}

void stream::report_cut(const char* why) { parts_.book.cut(current_, why); }

void stream::give_up(const char* why) {
  report_cut(why);
  session_->reset(*this, NGHTTP2_CANCEL);
  lose(why);
}

void stream::book(clock::time_point now) {
  if (std::exchange(booked_, true)) return;
  auto& x = current_;
  std::string_view cut;
  if (!answered_ || lost_) cut = cut_ ? cut_ : http::detail::client_gone;
  if (!x.head_done()) {
    head_.end(*x.parser, false);
    x.identify(parts_.next_request_number());
  }
  if (x.status == 0) {
    x.status = cut == http::detail::client_gone ? 499 : 503;
    x.bytes = 0;
  }
  parts_.book.finished(x, session_->client(), now - status_.started(), cut);
  status_.enter(phase::fresh);  // no request any more, even if its handler doesn't end
}

}  // namespace sundown::http2
