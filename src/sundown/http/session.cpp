#include "http/session.hpp"

#include "http/in_place.hpp"
#include "http/refusals.hpp"
#include "http/worker.hpp"

#include <algorithm>

namespace sundown::http {

using namespace std::string_view_literals;
using detail::phase;
using detail::worker_socket;

namespace {

/// Pipelined answers are written out at this size.
constexpr std::size_t out_limit = 64 << 10;

/// Of empty lines before a request; the next one is taken for its request line, and refused.
constexpr unsigned most_empty_lines = 32;

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
        if (!work_->in.all_parsed() && turn_over(sundown::clock::now())) more = co_await next_turn();
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
  if (!work_ || !current().parser) {
    if (work_ && work_->in.empty()) worker_.workspaces().give_back(std::move(work_));
    auto end = active_at_ + (draining() ? plan.idle_grace : limits.idle_timeout);
    // Empty lines don't take away what the announcement has given.
    const bool idled = now() == phase::idle || now() == phase::fresh;
    if (draining() && idled && deadline() != sundown::clock::time_point::max()) end = std::max(end, deadline());
    enter(served_ ? phase::idle : phase::fresh);
    set_deadline(end);
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

sundown::clock::time_point session::body_deadline() const {
  const auto& limits = worker_.limits();
  if (limits.body_rate == 0) return sundown::clock::now() + limits.idle_timeout;  // any rate, but not nothing
  const std::chrono::milliseconds earned(work_->current.body_received * 1000 / limits.body_rate);
  return std::max(started(), work_->current.body_since) + limits.body_grace + earned;
}

session::next session::receive() {
  if (aborted()) {  // what came in that very moment is no reason to go on
    broken_ = true;
    return next::finish;
  }
  if (work_) {
    if (current().head_done()) {
      work_->in.drop_parsed_after(current().head_size);
    } else {
      work_->in.compact();
      // It may have moved, and be answered or booked without a further byte.
      if (current().parser) current().parser->base(work_->in.request_begin());
    }
  }
  switch (read_now()) {
    case read_result::nothing:
      return next::read;
    case read_result::closed:
      // Between requests this is how a connection ends; within one, the peer has given it up.
      broken_ = current().parser.has_value();
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

bool session::begin_request() {
  // RFC 9112 §2.2: empty lines before a request line are ignored. They are no request, so no time limit begins with
  // them and none is extended: the connection stays idle.
  auto& in = work_->in;
  for (; empty_lines_ < most_empty_lines && in.unparsed().starts_with("\r\n"sv); ++empty_lines_) {
    in.parsed(2);
    in.next_request();
  }
  if (in.all_parsed() || in.unparsed() == "\r"sv) return false;
  empty_lines_ = 0;
  auto& x = current();
  x.begin(static_cast<std::uint32_t>(worker_.limits().header_limit));
  x.drain = &worker_.drain();
  x.peer = this;
  begins(sundown::clock::now());
  return true;
}

session::parsed session::parse() {
  using detail::request_parser;
  auto& in = work_->in;
  auto& x = current();
  while (!in.all_parsed()) {
    if (!x.parser && !begin_request()) return parsed::incomplete;
    auto& parser = *x.parser;
    parser.base(in.request_begin());
    const auto [taken, how] = parser.put(in.unparsed());
    in.parsed(taken);
    if (x.head_done()) x.body_received += taken;
    if (how == request_parser::verdict::need_more) return parsed::incomplete;
    if (how == request_parser::verdict::refused) {
      x.close = true;  // where the next request would begin is not known
      answer(detail::refusal_for(parser.fault()));
      return parsed::refused;
    }
    if (!x.head_done()) {
      x.head_size = in.parsed_size();
      if (!parser.is_done()) {
        in.hold_head(x.head_size);
        parser.base(in.request_begin());
      }
      on_head();
      if (x.answer_now || x.to_guard) return parsed::complete;
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
