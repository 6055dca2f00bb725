#include "http/in_place.hpp"
#include "http/refusals.hpp"
#include "http/session.hpp"
#include "http/worker.hpp"

#include <sundown/log.hpp>

#include <algorithm>
#include <charconv>

namespace sundown::http {

using namespace std::string_view_literals;
using detail::framing;
using detail::phase;
using detail::worker_socket;

// -- the public faces

task<result<std::string_view>> body_reader::read() { return session_.read_body(); }

void response_stream::answer(response whole) { session_.answer_instead(std::move(whole)); }
task<result<void>> response_stream::start(response head, std::uint64_t length) {
  return session_.start_stream(std::move(head), {framing::kind::length, length}, false);
}
task<result<void>> response_stream::start(response head) {
  return session_.start_stream(std::move(head), {framing::kind::chunked, 0}, false);
}
task<result<void>> response_stream::start_endless(response head) {
  return session_.start_stream(std::move(head), {framing::kind::chunked, 0}, true);
}
task<result<void>> response_stream::write(std::string_view piece) { return session_.write_stream(piece); }
task<bool> response_stream::wait(std::chrono::milliseconds howlong) { return session_.wait_in_stream(howlong); }

// -- request bodies

error session::body_failed(unsigned status, std::string detail) {
  current().body_failure = status;
  return {status == 503 ? errc::canceled : errc::invalid, std::move(detail)};
}

task<result<std::string_view>> session::read_body() {
  auto& in = work_->in;
  auto& x = current();
  auto& parser = *x.parser;
  parser.drop_piece();
  if (turn_over(sundown::clock::now())) co_await next_turn();
  for (;;) {
    if (x.body_failure != 0) co_return error{errc::invalid, "the body has failed before"};
    if (broken_ || aborted()) co_return error{errc::canceled, "the connection is gone"};
    if (parser.is_done()) co_return std::string_view{};
    if (!in.all_parsed()) {
      parser.base(in.request_begin());
      const auto [taken, how] = parser.put(in.unparsed());
      in.parsed(taken);
      x.body_received += taken;
      if (how == detail::request_parser::verdict::refused) {
        co_return body_failed(detail::refusal_for(parser.fault()).status, "the body is malformed or too large");
      }
      if (!parser.piece().empty()) co_return parser.piece();
      continue;
    }
    in.drop_parsed_after(x.head_size);
    ask_for_body();
    if (!work_->out.empty()) {
      const bool sent = co_await flush();
      broken_ |= !sent;
      continue;
    }
    auto got = read_now();
    if (got == read_result::nothing) {
      enter(phase::body);
      set_deadline(body_deadline());
      const auto [ec] = co_await socket_.async_wait(worker_socket::wait_read, detail::as_result_in_place);
      if (!aborted()) enter(phase::handler);
      no_deadline();
      const auto why = take_interrupt();
      if (why == interrupt::deadline) co_return body_failed(408, "the body came too slowly");
      if (worker_.drain().hard_canceled()) co_return body_failed(503, "the service is stopping");
      broken_ |= static_cast<bool>(ec);
    } else if (got == read_result::closed) {
      broken_ = true;
    }
  }
}

// -- streamed answers

void session::answer_instead(response whole) {
  auto& x = current();
  if (x.stream || x.refusal) throw std::logic_error("a stream's handler answers or streams, once");
  x.refusal = std::move(whole);
}

task<result<void>> session::start_stream(response head, framing body, bool endless) {
  auto& x = current();
  if (x.stream || x.refusal) throw std::logic_error("a stream is started once, and not beside answer()");
  if (x.hooks) call_hooks(head);
  if (head.status < 200 || head.status > 599) throw std::logic_error("a stream's status is from 200 to 599");
  if (head.status == 204 || head.status == 205 || head.status == 304) {
    throw std::logic_error("a 204, 205 or 304 has no body to stream");
  }
  if (!head.body.empty()) throw std::logic_error("a stream's head has no body: write() it, or answer() it whole");
  // HTTP/1.0 has no chunks: the end of the connection is the end of the answer (RFC 9112 §6.3).
  if (body.how == framing::kind::chunked && x.parser->version() == 10) {
    body.how = framing::kind::until_close;
    x.close = true;
  }
  const bool last = is_last_answer();
  worker_.heads().append(work_->out, head, body, x.id(), last, x.parser->version());
  x.stream = detail::stream_progress{body.how, body.length, last};
  x.status = head.status;
  x.bytes = 0;
  enter(endless ? phase::stream : phase::answer);
  if (endless && draining()) {
    limit_to(worker_.drain().plan().stream_grace, "stream_grace", sundown::clock::now());
  }
  const bool sent = co_await flush();
  broken_ |= !sent;
  if (broken_) co_return error{errc::canceled, "the peer is gone"};
  co_return result<void>{};
}

task<result<void>> session::write_stream(std::string_view piece) {
  auto& x = current();
  if (!x.stream) throw std::logic_error("a stream is started before it is written");
  if (broken_ || aborted()) co_return error{errc::canceled, "the peer is gone"};
  if (x.is_head_request()) co_return error{errc::canceled, "a HEAD request has no body"};
  if (piece.empty()) co_return result<void>{};
  auto& stream = *x.stream;
  if (stream.how == framing::kind::length && piece.size() > stream.length - x.bytes) {
    throw std::logic_error("a stream is longer than it said");
  }
  char size_line[20];
  std::string_view before, after;
  if (stream.how == framing::kind::chunked) {
    auto* end = std::to_chars(size_line, size_line + 16, piece.size(), 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    before = {size_line, end};
    after = "\r\n"sv;
  }
  std::uint64_t written = 0;
  const bool sent = co_await write_through({asio::buffer(before), asio::buffer(piece), asio::buffer(after)}, written);
  broken_ |= !sent;
  x.bytes += std::min<std::uint64_t>(written - std::min<std::uint64_t>(written, before.size()), piece.size());
  if (!sent) co_return error{errc::canceled, "the peer is gone"};
  co_return result<void>{};
}

task<bool> session::wait_in_stream(std::chrono::milliseconds howlong) {
  if (draining() || broken_ || aborted()) co_return false;
  co_await pause(howlong);
  co_return !draining() && !aborted();
}

void session::finish_stream() {
  const auto& x = current();
  const auto& stream = *x.stream;
  if (stream.how == framing::kind::length && x.bytes != stream.length && !x.is_head_request()) {
    return handler_failed(std::make_exception_ptr(std::logic_error("a stream is shorter than it said")));
  }
  if (stream.how == framing::kind::chunked && !x.is_head_request()) work_->out += "0\r\n\r\n"sv;
  no_grace();
  last_answer_given_ = stream.last;
}

}  // namespace sundown::http
