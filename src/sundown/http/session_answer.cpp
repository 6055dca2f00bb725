#include "http/refusals.hpp"
#include "http/session.hpp"
#include "http/worker.hpp"

#include <sundown/log.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>

namespace sundown::http {

using namespace std::string_view_literals;
using detail::framing;
using detail::phase;

namespace {

/// Larger bodies are written from where they are instead of being copied behind their head.
constexpr std::size_t largest_copied = 16 << 10;

std::string message_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

response internal_error() { return problem(500, "Something went wrong here; the request id finds it in our log."); }

/// What the first guard says that refuses.
task<std::optional<response>> ask_in_order(const detail::guard_list& guards, const request& asked) {
  for (const auto* guard : guards) {
    auto refusal = co_await (*guard)(asked);
    if (refusal) co_return refusal;
  }
  co_return std::nullopt;
}

/// RFC 9110 §8.6: no Content-Length in these.
bool has_no_body(unsigned status) { return status < 200 || status == 204 || status == 304; }

/// RFC 9110 §15.3.6: there is none in a 205 either, which is framed like any other answer.
bool has_no_content(unsigned status) { return has_no_body(status) || status == 205; }

}  // namespace

session::next session::written(next then) {
  switch (write_now()) {
    case write_result::done:
      answer_written();
      return then;
    case write_result::blocked:
    case write_result::turn_over:
      after_flush_ = then;
      enter(phase::answer);
      return next::flush;
    case write_result::broken:
      break;
  }
  broken_ = true;
  return next::finish;
}

session::next session::dispatch() {
  auto& x = current();
  if (x.refusal) {
    answer(std::move(*x.refusal));
    return next::advance;
  }
  const auto* plain = std::get_if<plain_handler>(&x.match->call);
  if (!plain || x.to_guard) {
    // A request that waited behind another: its handler would see no hard token any more, that has been given.
    if (!worker_.drain().hard_canceled()) return next::call;
    answer_stopping();
    return next::advance;
  }
  enter(phase::handler);
  call_plain(*plain);
  return next::advance;
}

void session::call_plain(const plain_handler& serve) {
  try {
    answer(serve(request(current())));
  } catch (...) {
    handler_failed(std::current_exception());
  }
}

task<session::next> session::call() {
  enter(phase::handler);
  no_deadline();
  const auto& target = current().match->call;
  bool goes_on = true;
  if (current().to_guard) goes_on = co_await pass_guards();
  if (!goes_on) {
    // It has its answer, or its body is to be read first.
  } else if (const auto* plain = std::get_if<plain_handler>(&target)) {
    call_plain(*plain);
  } else if (const auto* async = std::get_if<async_handler>(&target)) {
    co_await call_async(*async);
  } else if (const auto* upload = std::get_if<upload_handler>(&target)) {
    co_await call_upload(*upload);
  } else if (const auto* stream = std::get_if<stream_handler>(&target)) {
    co_await call_stream(*stream);
  } else if (const auto* websocket = std::get_if<websocket_handler>(&target)) {
    co_await call_websocket(*current().match, *websocket);
  }
  take_interrupt();
  broken_ |= aborted();
  if (broken_) co_return next::finish;
  co_return written(last_answer_given_ ? next::finish : next::advance);
}

task<session::verdict> session::ask(std::function<task<std::optional<response>>()> judge) {
  auto [failure, refusal] = co_await asio::co_spawn(worker_.executor(), std::move(judge),
                                                    asio::bind_cancellation_slot(work_->cancel.slot(), as_result));
  if (aborted()) co_return verdict(false);
  if (!failure && refusal) co_return verdict(false, std::move(refusal));
  // The hard token may have come to it alone: no handler begins after that.
  if (!failure && !worker_.drain().hard_canceled()) co_return verdict(true);
  // What is left of the body stands where the next request would begin.
  current().close |= !current().parser->is_done();
  if (failure) {
    handler_failed(failure);
  } else {
    answer_stopping();
  }
  co_return verdict(false);
}

task<bool> session::pass_guards() {
  auto& x = current();
  x.to_guard = false;
  const request asked(x);
  const auto& guards = x.match->scope->guards;
  auto said = co_await ask([&] { return guards.size() == 1 ? (*guards.front())(asked) : ask_in_order(guards, asked); });
  if (said.refusal) refused_by_guard(std::move(*said.refusal));
  if (!said.admitted) co_return false;
  x.body_since = sundown::clock::now();
  co_return x.parser->is_done() || std::holds_alternative<upload_handler>(x.match->call);
}

// A handler runs as a coroutine of its own, so that the hard token can cancel what it waits for and leave the session
// whole. It is called inside of that: one that is no coroutine itself may throw before there is a task.
task<> session::call_async(const async_handler& serve) {
  const request asked(current());
  auto [failure, answered] = co_await asio::co_spawn(
      worker_.executor(), [&] { return serve(asked); }, asio::bind_cancellation_slot(work_->cancel.slot(), as_result));
  if (failure) {
    handler_failed(failure);
  } else if (!aborted()) {
    answer(std::move(answered));
  }
}

task<> session::call_upload(const upload_handler& serve) {
  const request asked(current());
  body_reader body(*this);
  auto [failure, answered] = co_await asio::co_spawn(
      worker_.executor(), [&] { return serve(asked, body); },
      asio::bind_cancellation_slot(work_->cancel.slot(), as_result));
  auto& x = current();
  // What is left of the body stands where the next request would begin.
  x.close |= !x.parser->is_done();
  if (aborted() || broken_) co_return;
  if (x.body_failure == 503) {
    handler_failed(std::make_exception_ptr(boost::system::system_error(asio::error::operation_aborted)));
  } else if (x.body_failure != 0) {
    answer(x.body_failure == 408 ? detail::too_slow() : detail::refusal_for(x.parser->fault()));
  } else if (failure) {
    handler_failed(failure);
  } else {
    answer(std::move(answered));
  }
}

task<> session::call_stream(const stream_handler& serve) {
  const request asked(current());
  response_stream stream(*this);
  const auto [failure] = co_await asio::co_spawn(
      worker_.executor(), [&] { return serve(asked, stream); },
      asio::bind_cancellation_slot(work_->cancel.slot(), as_result));
  if (aborted() || broken_) co_return;
  if (failure) {
    handler_failed(failure);
  } else if (current().refusal) {
    answer(std::move(*current().refusal));
  } else if (!current().stream) {
    handler_failed(std::make_exception_ptr(std::logic_error("the handler has not started its stream")));
  } else {
    finish_stream();
  }
}

void session::handler_failed(const std::exception_ptr& why) {
  auto& x = current();
  if (aborted()) return;
  if (x.stream) {
    // Half an answer is out: only a broken connection tells the client that it is not whole.
    log_failure("handler failed in its answer", why);
    cut_ = "handler";
    if (draining()) report_cut("failed");
    broken_ = true;
    return;
  }
  if (worker_.drain().hard_canceled()) return answer_stopping();
  log_failure("handler failed", why);
  answer(internal_error());
}

void session::answer_stopping() {
  worker_.refused();
  report_cut("hard_cancel");
  current().close = true;
  answer(detail::stopping());
}

void session::log_failure(std::string_view event, const std::exception_ptr& why) {
  log::error(event, {{"request", what()}, {"id", current().id()}, {"error", message_of(why)}});
}

session::next session::refuse(response given) {
  current().close = true;
  answer(std::move(given));
  return written(next::finish);
}

bool session::more_requests_buffered() {
  // The kernel may hold a pipelined request that was not read yet; what is read now stays behind this one.
  if (!work_->in.all_parsed()) return true;
  if (work_->in.space().size() == 0) {
    boost::system::error_code ignored;
    return socket_.available(ignored) > 0;
  }
  read_now();
  return !work_->in.all_parsed();
}

bool session::is_last_answer() {
  auto& x = current();
  if (x.close || !x.parser->keep_alive()) return true;
  return draining() && (!more_requests_buffered() || owes_no_more());
}

bool session::owes_no_more() {
  if (!owed_) {
    if (sundown::clock::now() - worker_.announced_at() < worker_.drain().plan().header_grace) return false;
    boost::system::error_code none;
    owed_ = received_ + socket_.available(none);
  }
  return received_ - work_->in.unparsed().size() >= *owed_;
}

/// A status that is none is a handler's fault; one that has no content loses it; a problem gets the request's id.
void session::fit_for_sending(response& given) {
  if (given.status < 200 || given.status > 599) {
    log::error(
        "handler failed",
        {{"request", what()}, {"id", current().id()}, {"error", "no status of an answer"}, {"status", given.status}});
    given = internal_error();
  }
  if (has_no_content(given.status)) given.body.clear();
  // Only where problem() has left its place, and the handler has not put another body there.
  if (given.id_at_ == 0 || given.id_at_ + 1 != given.body.size() || given.body.back() != '}') return;
  given.body.pop_back();
  given.body.append(",\"request_id\":\"").append(current().id()).append("\"}");
}

void session::call_hooks(response& given) {
  auto& x = current();
  x.parser->base(work_->in.request_begin());  // what has been read meanwhile may have moved it
  const request asked(x);
  for (const auto* hook : *x.hooks) (*hook)(asked, given);
}

void session::answer(response given) {
  auto& x = current();
  if (!x.head_done()) x.identify(worker_.next_request_number());
  if (x.hooks) {
    try {
      call_hooks(given);
    } catch (...) {
      log_failure("hook on answers failed", std::current_exception());
      given = internal_error();
    }
  }
  if (given.status != 200) fit_for_sending(given);
  const bool last = is_last_answer();
  const auto size = given.body.size();
  const auto kind = has_no_body(given.status) ? framing::kind::none : framing::kind::length;
  worker_.heads().append(work_->out, given, {kind, size}, x.id(), last, x.parser->version());
  if (kind == framing::kind::length && !x.is_head_request()) {
    if (size <= largest_copied) {
      work_->out += given.body;
    } else {
      work_->tail = std::move(given.body);
    }
  }
  last_answer_given_ = last;
  x.status = given.status;
  x.bytes = x.is_head_request() ? 0 : size;
}

void session::answer_written() {
  if (current().status != 0) request_done();
}

void session::request_lost() {
  if (lost_ || !work_ || !current().parser) return;
  lost_ = true;
  auto& x = current();
  x.parser->base(work_->in.request_begin());
  const std::string_view why = cut_ ? cut_ : detail::client_gone;
  if (x.status == 0) {
    if (!x.head_done()) x.identify(worker_.next_request_number());
    x.status = why == detail::client_gone ? 499 : 503;
    x.bytes = 0;
  } else if (!x.stream) {
    x.bytes -= std::min<std::uint64_t>(x.bytes, unwritten());
  }
  request_done(why);
}

void session::request_done(std::string_view cut) {
  auto& x = current();
  active_at_ = sundown::clock::now();
  const auto took = active_at_ - started();
  worker_.finished(x.match, x.status, took, x.bytes, cut.empty());
  if (worker_.logs_access()) {
    worker_.log_access({x.id(), x.parser->method_name(), x.parser->target(),
                        x.match ? std::string_view(x.match->pattern) : "-"sv, remote(), x.status, x.bytes, took, cut});
  }
  if (!cut.empty()) return;
  served_ = true;
  x.parser.reset();
  x.head_size = 0;
  x.status = 0;
  x.attributes.clear();
  work_->in.next_request();
}

}  // namespace sundown::http
