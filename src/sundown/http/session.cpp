#include "http/session.hpp"

#include "http/connection_end.hpp"
#include "http/handler_run.hpp"
#include "http/http2_provider.hpp"
#include "http/refusals.hpp"
#include "http/time_limit.hpp"
#include "http/worker_parts.hpp"

#include <algorithm>

namespace sundown::http::detail {

namespace {

/// Pipelined answers are written out at this size.
constexpr std::size_t out_limit = 64 << 10;

}  // namespace

task<> session::run_encrypted() {
  co_await client_.handshake();
  if (client_.goes_on() && client_.io().protocol() == "h2") {
    co_await speak_http2();
    leave_http2();
  }
  co_await run();
}

task<> session::run_behind_proxy() {
  co_await client_.read_proxy_header();
  if (client_.io().encrypted()) {
    co_await run_encrypted();
  } else {
    co_await run();
  }
}

task<> session::run() {
  auto todo = next::receive;  // who connects in order to ask has often asked by now
  while (client_.goes_on()) {
    switch (todo) {
      case next::read: {
        await_input();
        if (client_.io().holds_input()) {
          todo = next::receive;
          break;
        }
        const auto [ec] = co_await client_.io().wait_readable();
        todo = ec ? on_interrupt() : receive();
        break;
      }
      case next::receive:
      case next::serve: {
        const bool more = todo == next::receive || !work_->reader.all_parsed();
        if (more && client_.turn_over(clock::now())) co_await client_.next_turn();
        if (client_.goes_on()) todo = todo == next::receive ? receive() : serve_buffered();
        break;
      }
      case next::change:
        co_await speak_http2();
        leave_http2();
        continue;
      case next::queue:
        co_await await_admission();
        todo = begins_at_head() && !answer_at_once() ? next::call : next::serve;
        break;
      case next::call:
        co_await handler_run::run(client_, *work_);
        if (work_->current.status != 0) work_->current.pass.leave();
        todo = next::serve;
        break;
    }
    if (!work_ || client_.lost()) continue;
    if (!work_->out.write_now(client_)) {
      client_.status().enter(phase::answer);
      co_await work_->out.flush(client_);
    }
    if (!client_.lost()) answer_written();
  }
  book_lost_request();
  release_workspace();
  co_await end_connection(client_);
}

// -- reading

void session::await_input() {
  auto& status = client_.status();
  if (!has_request()) {
    if (work_ && work_->reader.empty()) release_workspace();
    const auto& parts = client_.parts();
    auto end = client_.draining() ? parts.stop.grace_end(client_.active_at(), parts.stop.plan().idle_grace)
                                  : client_.active_at() + parts.limits.idle_timeout;
    // Empty lines don't take away what the announcement has given.
    const bool idled = status.phase() == phase::idle || status.phase() == phase::fresh;
    if (client_.draining() && idled && client_.deadline() != clock::time_point::max()) {
      end = std::max(end, client_.deadline());
    }
    status.enter(served_ ? phase::idle : phase::fresh);
    client_.set_deadline(end);
  } else {
    status.enter(work_->current.head_done() ? phase::body : phase::head);
    client_.set_deadline(request_deadline());
  }
}

clock::time_point session::request_deadline() {
  if (work_->current.head_done()) return work_->reader.body_deadline();
  const auto& parts = client_.parts();
  const auto begun = client_.status().started();
  const auto end = begun + parts.limits.header_timeout;
  if (!client_.draining()) return end;
  const auto from = std::max(begun, parts.stop.clock().trigger_time());
  return std::min(end, parts.stop.grace_end(from, parts.stop.plan().header_grace));
}

transport::status session::read() {
  if (!work_) work_ = client_.parts().workspaces.take(client_, client_.parts().stop);
  return work_->reader.read();
}

session::next session::receive() {
  if (client_.lost()) return next::read;  // what came in that very moment is no reason to go on
  if (work_) work_->reader.make_room();
  const auto got = read();
  if (got == transport::status::done) return serve_buffered();
  // Between requests this is how a connection ends; within one, the peer has given it up.
  if (got != transport::status::blocked) client_.ends(has_request() ? fate::peer_gone : fate::last_answer);
  return next::read;
}

session::next session::on_interrupt() {
  if (client_.lost()) return next::read;
  switch (client_.take_interrupt()) {
    case detail::connection::interrupt::deadline:
      // Bytes that are there by now are in time: it is this thread that comes late to them. If they are not the rest of
      // their request, the limit counts.
      if (work_) work_->reader.make_room();
      if (read() == transport::status::done) {
        const auto todo = serve_buffered();
        if (todo != next::read || !client_.goes_on() || !has_request() || clock::now() < request_deadline())
          return todo;
      }
      client_.ends(fate::last_answer);
      if (has_request()) work_->responder.answer(too_slow());
      break;
    case detail::connection::interrupt::hard_cancel:
      work_->responder.answer_stopping();
      break;
    case detail::connection::interrupt::none:
      client_.ends(fate::peer_gone);
      break;
  }
  return next::read;
}

// -- answering

session::next session::serve_buffered() {
  auto& work = *work_;
  for (;;) {
    if (!work.current.parser && !work.reader.begin_request(empty_lines_)) return next::read;
    if (!work.reader.parse()) {
      work.reader.ask_for_body();
      return next::read;
    }
    if (client_.parts().admission && !work.current.admitted && !work.current.refusal) [[unlikely]]
      return next::queue;
    if (!answer_at_once()) return work.current.refusal ? next::change : next::call;
    if (!client_.goes_on()) return next::read;
    if (!work.out.tail.empty() || work.out.bytes.size() >= out_limit) return next::serve;
    answer_written();
    if (work.reader.all_parsed()) return next::read;
    if (client_.turn_over(client_.active_at())) return next::serve;
  }
}

bool session::answer_at_once() {
  auto& x = work_->current;
  if (x.refusal) {
    if (work_->reader.at_preface()) return false;
    work_->responder.answer(std::move(*x.refusal));
    return true;
  }
  const auto* plain = std::get_if<plain_handler>(&x.match->call);
  if (!plain || x.to_guard) {
    if (!client_.parts().stop.hard_canceled()) return false;
    // The hard token was given before this pipelined request began, so its handler would never see it.
    work_->responder.answer_stopping();
    return true;
  }
  client_.status().enter(phase::handling);
  try {
    work_->responder.answer((*plain)(request(x)));
  } catch (...) {
    handler_run::settle(client_, *work_, std::current_exception());
  }
  x.pass.leave();
  return true;
}

bool session::begins_at_head() const {
  const auto& x = work_->current;
  return client_.goes_on() && x.status == 0 && (x.to_guard || x.is_upload());
}

task<> session::await_admission() {
  auto& queue = *client_.parts().admission;
  auto& entry = work_->in_queue;
  if (client_.parts().stop.hard_canceled()) {
    work_->current.admitted = true;
    co_return;  // answer_at_once() knows what then begins
  }
  if (!work_->out.write_now(client_)) {
    client_.status().enter(phase::answer);
    co_await work_->out.flush(client_);
    if (client_.lost()) co_return;
  }
  switch (queue.enter(work_->current, entry)) {
    case admission::verdict::admitted:
      co_return;
    case admission::verdict::shed:
      co_return refuse_admission(entry.why);
    case admission::verdict::waits:
      break;
  }
  client_.status().enter(phase::queued);
  client_.no_deadline();
  co_await queue.wait(entry);
  client_.take_interrupt();  // no wait on the socket was interrupted
  if (client_.lost()) co_return;
  switch (entry.how) {
    case queued_request::outcome::shed:
      co_return refuse_admission(entry.why);
    case queued_request::outcome::gone:
      if (client_.parts().stop.hard_canceled() && !client_.io().is_reset()) {
        work_->responder.answer_stopping();
      } else {
        client_.ends(fate::peer_gone);
      }
      co_return;
    case queued_request::outcome::waits:
    case queued_request::outcome::admitted:
      co_return;
  }
}

void session::refuse_admission(shed_reason why) {
  auto& x = work_->current;
  x.shed = shed_names[static_cast<std::size_t>(why)];
  x.to_guard = false;
  work_->reader.pass_over_body();
  if (!x.is_body_done()) client_.ends(fate::last_answer);
  work_->responder.answer(overloaded());
}

task<> session::speak_http2() {
  std::string received;
  if (work_) {
    received = work_->reader.request_bytes();
    work_->current.end();
    release_workspace();
  }
  return client_.parts().http2->serve(client_, std::move(received));
}

void session::leave_http2() noexcept {
  client_.carry_no_more(*this);
  client_.ends(fate::last_answer);
}

void session::cancel_handlers() {
  if (!work_) return;
  if (work_->in_queue.linked) return client_.parts().admission->drop(work_->in_queue);
  work_->cancel.emit(asio::cancellation_type::terminal);
}

void session::on_client_gone() {
  if (!has_request()) return;
  if (work_->in_queue.linked || tell_of_gone_client(work_->current)) cancel_handlers();  // what waits never begins
}

void session::on_run_end(clock::time_point now) {
  if (!has_request()) return;
  if (client_.lost()) return cancel_handlers();  // one that runs on
  auto& x = work_->current;
  const bool first = !std::exchange(x.timed_out, true);
  if (first && x.status == 101) {
    client_.set_run_end(now + client_.parts().stop.plan().websocket_grace);
    return client_.end_listening();
  }
  if (x.status != 0) return client_.give_up(request_timeout);
  client_.stir_reader();
  cancel_handlers();
}

const exchange* session::under_way() {
  if (!has_request()) return nullptr;
  work_->reader.follow();
  return &work_->current;
}

// -- the books

void session::answer_written() {
  if (work_->current.status != 0) book_request({});
}

void session::book_lost_request() {
  if (lost_ || !has_request()) return;
  lost_ = true;
  auto& x = work_->current;
  work_->reader.follow();
  const std::string_view why = client_.cut_reason() ? client_.cut_reason() : client_gone;
  if (x.status == 0) {
    if (!x.head_done()) x.identify(client_.parts().next_request_number());
    x.status = why == client_gone ? 499 : 503;
    x.bytes = 0;
  } else if (!x.stream) {
    x.bytes -= std::min<std::uint64_t>(x.bytes, work_->out.unwritten());
  }
  book_request(why);
}

void session::book_request(std::string_view cut) {
  auto& x = work_->current;
  const auto now = clock::now();
  client_.active(now);
  client_.parts().book.finished(x, client_, now - client_.status().started(), cut);
  if (!cut.empty()) return;
  served_ = true;
  x.end();
  work_->reader.next_request();
}

void session::release_workspace() noexcept {
  if (work_) client_.parts().workspaces.give_back(std::move(work_));
}

}  // namespace sundown::http::detail
