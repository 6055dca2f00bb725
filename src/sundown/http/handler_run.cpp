#include "http/handler_run.hpp"

#include "http/answer_rules.hpp"
#include "http/beast_websocket.hpp"
#include "http/refusals.hpp"
#include "http/time_limit.hpp"
#include "http/worker_parts.hpp"
#include "http/workspace.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <stdexcept>
#include <tuple>
#include <utility>

namespace sundown::http::detail {

namespace {

/// What the first guard says that refuses.
task<std::optional<response>> ask_in_order(const guard_list& guards, const request& current) {
  for (const auto* guard : guards) {
    auto refusal = co_await (*guard)(current);
    if (refusal) co_return refusal;
  }
  co_return std::nullopt;
}

/// HTTP/1: the connection carries one request at a time.
class sole_request final : public carrier {
 public:
  sole_request(connection& client, workspace& work) noexcept : client_(client), work_(work) {}

  worker_parts& parts() noexcept override { return client_.parts(); }
  exchange& current() noexcept override { return work_.current; }
  session_status& status() noexcept override { return client_.status(); }
  asio::cancellation_signal& cancel() noexcept override { return work_.cancel; }
  body_source& body() noexcept override { return work_.reader; }
  stream_sink& sink() noexcept override { return work_.responder; }

  bool lost() const noexcept override { return client_.lost(); }
  /// The body's rest stands where the next request would begin.
  void leave_body() override { client_.ends(fate::last_answer); }
  void pass_over_body() override { work_.reader.pass_over_body(); }

  void set_run_end(clock::time_point when) override { client_.set_run_end(when); }
  void answer(response given) override { work_.responder.answer(std::move(given)); }
  void answer_stopping() override { work_.responder.answer_stopping(); }
  const char* finish_stream() override { return work_.responder.finish_stream(); }
  void break_off() override {
    if (client_.draining()) client_.report_cut("failed");
    client_.ends(fate::given_up, "handler");
  }

 private:
  connection& client_;
  workspace& work_;
};

}  // namespace

// -- the one way to run something of the service's

// Called inside of the coroutine: a function that is no coroutine itself may throw before there is a task.
template <class Call>
auto handler_run::under_hard_token(Call call) {
  return asio::co_spawn(host_.parts().executor, std::move(call),
                        asio::bind_cancellation_slot(host_.cancel().slot(), as_result));
}

template <class Call>
task<> handler_run::run_handler(Call call) {
  auto left = co_await under_hard_token(std::move(call));
  if constexpr (std::tuple_size_v<decltype(left)> == 2) {
    settle(std::get<0>(left), &std::get<1>(left));
  } else {
    settle(std::get<0>(left), nullptr);
  }
}

void handler_run::settle(const std::exception_ptr& failure, response* answer) {
  auto& x = exchange_;
  if (host_.lost()) return;
  host_.set_run_end(clock::time_point::max());
  if (!x.is_body_done()) host_.leave_body();
  if (x.status == 0) {
    // What the handler awaited may have had the same limit, and have told it of that a moment before the sweep came.
    const bool fails = failure || is_overdue(answer);
    if (fails && !x.timed_out) x.timed_out = clock::now() >= run_end(x);
    if (fails && x.timed_out) return timed_out();
    x.timed_out = false;
  }
  switch (x.body_fault) {
    case body_fault::timed_out:
    case body_fault::none:
      break;
    case body_fault::too_slow:
      return host_.answer(too_slow());
    case body_fault::refused:
      return host_.answer(refusal_for(x.parser->fault()));
    case body_fault::canceled:
      return host_.answer_stopping();
  }
  if (failure) return failed(failure);
  if (answer) return host_.answer(std::move(*answer));
  if (x.refusal) return host_.answer(std::move(*x.refusal));
  if (x.status == 101) return;  // a WebSocket has had its close frame
  const auto* const fault = host_.finish_stream();
  if (fault) failed(std::make_exception_ptr(std::logic_error(fault)));
}

void handler_run::failed(const std::exception_ptr& why) {
  const auto log = [&](std::string_view event) { log_failure(event, exchange_, host_.status(), why); };
  if (exchange_.status == 101) return log("websocket handler failed");
  if (exchange_.stream) {
    log("handler failed in its answer");
    return host_.break_off();
  }
  if (host_.parts().stop.hard_canceled()) return host_.answer_stopping();
  log("handler failed");
  host_.answer(internal_error());
}

bool handler_run::is_overdue(const response* answer) const {
  const auto& x = exchange_;
  const auto* const own = answer ? answer : x.refusal ? &*x.refusal : nullptr;
  return !own || own->status >= 500 || x.body_fault == body_fault::timed_out;
}

void handler_run::timed_out() {
  host_.parts().book.cut(exchange_, request_timeout);
  host_.answer(detail::timed_out());
}

// -- the kinds of handler

task<> handler_run::run(carrier& host) {
  handler_run self(host);
  host.status().enter(phase::handling);
  host.set_run_end(run_end(self.exchange_));
  bool pass = true;
  if (host.current().to_guard) pass = co_await self.pass_guards();
  if (pass) co_await self.run_kind();
  host.set_run_end(clock::time_point::max());
}

task<> handler_run::run(connection& client, workspace& work) {
  sole_request host(client, work);
  handler_run self(host);
  client.status().enter(phase::handling);
  client.no_deadline();
  client.set_run_end(run_end(self.exchange_));
  bool pass = true;
  if (work.current.to_guard) pass = co_await self.pass_guards();
  if (pass) {
    const auto* const websocket = std::get_if<websocket_handler>(&work.current.match->call);
    if (websocket) {
      co_await self.run_websocket(client, work, *websocket);
    } else {
      co_await self.run_kind();
    }
  }
  client.set_run_end(clock::time_point::max());
  client.take_interrupt();  // no wait on the socket was interrupted
}

void handler_run::settle(connection& client, workspace& work, const std::exception_ptr& failure) {
  sole_request host(client, work);
  handler_run(host).settle(failure, nullptr);
}

task<> handler_run::run_kind() {
  if (watches_client(exchange_)) exchange_.client->watch_peer();
  const request current(exchange_);
  const auto& call = exchange_.match->call;
  if (const auto* async = std::get_if<async_handler>(&call)) {
    co_await run_handler([&] { return (*async)(current); });
  } else if (const auto* upload = std::get_if<upload_handler>(&call)) {
    body_reader body(host_.body());
    co_await run_handler([&] { return (*upload)(current, body); });
  } else if (const auto* stream = std::get_if<stream_handler>(&call)) {
    response_stream answer(host_.sink());
    co_await run_handler([&] { return (*stream)(current, answer); });
  }
}

task<> handler_run::run_websocket(connection& client, workspace& work, const websocket_handler& handler) {
  auto& x = exchange_;
  const request current(x);
  handshake offer(current.elements(field::sec_websocket_protocol));
  client.ends(fate::last_answer);  // as with every refused handshake
  if (const auto& check = x.match->check) {
    const bool pass = co_await admitted([&] { return check(current, offer); });
    if (!pass) co_return;
  }
  if (client.draining()) co_return work.responder.answer(stopping());

  client.set_run_end(clock::time_point::max());
  beast_websocket peer(client, std::string(work.reader.unparsed_bytes()));
  const bool accepted = co_await peer.accept(x, offer);
  if (!accepted || client.lost()) co_return client.ends(fate::peer_gone);
  x.status = 101;
  x.bytes = 0;
  client.status().enter(phase::websocket);
  client.listen(&peer);
  if (outlasts_head(x)) client.set_run_end(run_end(x));
  if (client.draining()) {
    client.limit_to(client.parts().stop.plan().websocket_grace, "websocket_grace");
    peer.on_draining();
  }
  const auto [failure] = co_await under_hard_token([&] { return handler(current, peer); });
  co_await peer.finish();
  client.listen(nullptr);
  client.no_grace();
  settle(failure, nullptr);
}

// -- guards

task<bool> handler_run::pass_guards() {
  auto& x = exchange_;
  x.to_guard = false;
  const request current(x);
  const auto& guards = x.match->scope->guards;
  const bool pass = co_await admitted(
      [&] { return guards.size() == 1 ? (*guards.front())(current) : ask_in_order(guards, current); });
  if (!pass) co_return false;
  const bool calls = x.is_body_done() || x.is_upload();
  x.body_since = clock::now();
  if (!calls) x.handled_since = {};  // the body has its own limit
  co_return calls;
}

task<bool> handler_run::admitted(std::function<task<std::optional<response>>()> judge) {
  auto [failure, refusal] = co_await under_hard_token(std::move(judge));
  if (host_.lost()) co_return false;
  // The hard token may have come to the guard alone: no handler begins after that.
  const bool canceled = host_.parts().stop.hard_canceled();
  if (!failure && !refusal && !canceled && !exchange_.timed_out) co_return true;
  if (exchange_.timed_out) {
    host_.pass_over_body();
    settle(failure, refusal ? &*refusal : nullptr);
  } else if (refusal) {
    host_.pass_over_body();
    settle({}, &*refusal);
  } else if (failure) {
    settle(failure, nullptr);
  } else {
    host_.set_run_end(clock::time_point::max());
    host_.answer_stopping();
  }
  co_return false;
}

}  // namespace sundown::http::detail
