#include "http/session.hpp"

#include "http/in_place.hpp"
#include "http/refusals.hpp"
#include "http/worker.hpp"

#include <algorithm>

namespace sundown::http {

using namespace std::string_view_literals;
using detail::phase;
using detail::worker_socket;
namespace beast = boost::beast;
using error_code = boost::system::error_code;

namespace {

/// Pipelined answers are written out at this size.
constexpr std::size_t out_limit = 64 << 10;

}  // namespace

task<> session::run() {
  auto todo = next::read;
  while (todo != next::finish) {
    switch (todo) {
      case next::read: {
        await_input();
        const auto [ec] = co_await socket_.async_wait(worker_socket::wait_read, detail::as_result_in_place);
        todo = ec ? on_interrupt() : receive();
        break;
      }
      case next::advance: {
        bool more = true;
        if (!work_->in.all_parsed() && turn_over(detail::clock::now())) more = co_await next_turn();
        todo = more ? advance() : next::finish;
        break;
      }
      case next::flush: {
        const bool whole = co_await flush();
        if (whole) answer_written();
        todo = whole ? after_flush_ : next::finish;
        broken_ |= !whole;
        break;
      }
      case next::call:
        todo = co_await call();
        break;
      case next::finish:
        break;
    }
  }
  request_lost();
  co_await end(!broken_);
}

void session::await_input() {
  const auto& limits = worker_.limits();
  const auto& plan = worker_.drain().plan();
  if (!work_ || work_->in.empty()) {
    if (work_) worker_.workspaces().give_back(std::move(work_));
    enter(served_ ? phase::idle : phase::fresh);
    set_deadline(active_at_ + (draining() ? plan.idle_grace : limits.idle_timeout));
  } else if (!current().head_done()) {
    enter(phase::head);
    auto end = started() + limits.header_timeout;
    if (draining()) {
      end = std::min(end, std::max(started(), worker_.drain().clock().trigger_time()) + plan.header_grace);
    }
    set_deadline(end);
  } else {
    enter(phase::body);
    set_deadline(body_deadline());
  }
}

detail::clock::time_point session::body_deadline() const {
  const auto& limits = worker_.limits();
  if (limits.body_rate == 0) return detail::clock::now() + limits.idle_timeout;  // any rate, but not nothing
  const std::chrono::milliseconds earned(work_->current.body_received * 1000 / limits.body_rate);
  return started() + limits.body_grace + earned;
}

session::next session::receive() {
  if (work_) {
    if (current().head_done()) {
      work_->in.drop_parsed_after(current().head_size);
    } else {
      work_->in.compact();
    }
  }
  switch (read_now()) {
    case read_result::nothing:
      return next::read;
    case read_result::closed:
      // Between requests this is how a connection ends; within one, the peer has given it up.
      broken_ = !work_->in.empty();
      return next::finish;
    case read_result::some:
      return advance();
  }
  return next::finish;
}

session::next session::on_interrupt() {
  const auto at = now();
  switch (take_interrupt()) {
    case interrupt::deadline:
      if (at == phase::head || at == phase::body) return refuse(detail::too_slow());
      // A request that came in the very moment is still answered.
      if (read_now() == read_result::some) return advance();
      return next::finish;
    case interrupt::hard_cancel:
      answer_stopping();
      return written(next::finish);
    case interrupt::abort:
    case interrupt::none:
      broken_ = true;
      return next::finish;
  }
  return next::finish;
}

session::next session::advance() {
  for (;;) {
    switch (parse()) {
      case parsed::incomplete:
        if (current().parser && current().head_done()) ask_for_body();
        return written(next::read);
      case parsed::refused:
        return written(next::finish);
      case parsed::complete:
        break;
    }
    const auto then = dispatch();
    if (then == next::call) return written(next::call);
    if (last_answer_given_) return written(next::finish);
    if (!work_->tail.empty() || work_->out.size() >= out_limit) return written(next::advance);
    answer_written();
    if (!work_->in.all_parsed() && turn_over(active_at_)) return written(next::advance);
  }
}

bool session::skip_empty_line() {
  // RFC 9112 §2.2: an empty line before a request line is ignored.
  const auto bytes = work_->in.unparsed();
  const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with("\r\n"sv)) return false;
  work_->in.parsed(2);
  work_->in.next_request();
  current().parser.reset();
  return true;
}

session::parsed session::parse() {
  auto& in = work_->in;
  auto& x = current();
  while (!in.all_parsed()) {
    if (!x.parser) {
      x.begin(static_cast<std::uint32_t>(worker_.limits().header_limit));
      x.drain = &worker_.drain();
      x.peer = this;
      begins(detail::clock::now());
    }
    if (in.parsed_size() == 0) {
      if (skip_empty_line()) continue;
      if (in.unparsed().size() == 1 && *in.request_begin() == '\r') return parsed::incomplete;  // the LF may follow
    }
    auto& parser = *x.parser;
    parser.base(in.request_begin());
    error_code ec;
    const auto taken = parser.put(in.unparsed(), ec);
    in.parsed(taken);
    if (x.head_done()) x.body_received += taken;
    if (ec == beast::http::error::need_more) {
      if (!x.head_done() || in.unparsed().size() < detail::chunk_line_limit) return parsed::incomplete;
      ec = beast::http::error::bad_chunk_extension;
    }
    if (ec) {
      x.close = true;  // where the next request would begin is not known
      answer(detail::refusal_for(parser, in.received(), ec));
      return parsed::refused;
    }
    if (!x.head_done()) {
      x.head_size = in.parsed_size();
      on_head();
      if (x.answer_now) return parsed::complete;
      if (x.match && !x.refusal && std::holds_alternative<upload_handler>(x.match->call)) return parsed::complete;
    }
    if (parser.is_done()) return parsed::complete;
  }
  return parsed::incomplete;
}

void session::ask_for_body() {
  auto& x = current();
  if (x.continue_sent || !x.parser->expects_continue() || x.body_received > 0) return;
  x.continue_sent = true;
  work_->out += "HTTP/1.1 100 Continue\r\n\r\n";
}

}  // namespace sundown::http
