#include "http/handler_run.hpp"

#include "http/beast_websocket.hpp"
#include "http/refusals.hpp"
#include "http/worker_parts.hpp"

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

}  // namespace

// -- the one way to run something of the service's

// Called inside of the coroutine: a function that is no coroutine itself may throw before there is a task.
template <class Call>
auto handler_run::under_hard_token(Call call) {
  return asio::co_spawn(client_.parts().executor, std::move(call),
                        asio::bind_cancellation_slot(work_.cancel.slot(), as_result));
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
  auto& responder = work_.responder;
  if (client_.lost()) return;
  if (!x.is_body_done()) client_.ends(fate::last_answer);  // its rest stands where the next request would begin
  switch (x.body_fault) {
    case body_fault::none:
      break;
    case body_fault::too_slow:
      return responder.answer(too_slow());
    case body_fault::refused:
      return responder.answer(refusal_for(x.parser->fault()));
    case body_fault::canceled:
      return responder.answer_stopping();
  }
  if (failure) return failed(failure);
  if (answer) return responder.answer(std::move(*answer));
  if (x.refusal) return responder.answer(std::move(*x.refusal));
  if (x.status == 101) return;  // a WebSocket has had its close frame
  const auto* const fault = responder.finish_stream();
  if (fault) failed(std::make_exception_ptr(std::logic_error(fault)));
}

void handler_run::failed(const std::exception_ptr& why) {
  auto& responder = work_.responder;
  if (exchange_.status == 101) return responder.log_failure("websocket handler failed", why);
  if (exchange_.stream) {
    // Half an answer is out: only a broken connection tells the client that it is not whole.
    responder.log_failure("handler failed in its answer", why);
    if (client_.draining()) client_.report_cut("failed");
    return client_.ends(fate::given_up, "handler");
  }
  if (client_.parts().stop.hard_canceled()) return responder.answer_stopping();
  responder.log_failure("handler failed", why);
  responder.answer(internal_error());
}

// -- the kinds of handler

task<> handler_run::run(connection& client, workspace& work) {
  handler_run self(client, work);
  client.status().enter(phase::handling);
  client.no_deadline();
  bool pass = true;
  if (work.current.to_guard) pass = co_await self.pass_guards();
  if (pass) co_await self.run_kind();
  client.take_interrupt();  // no wait on the socket was interrupted
}

task<> handler_run::run_kind() {
  const request current(exchange_);
  const auto& call = exchange_.match->call;
  if (const auto* async = std::get_if<async_handler>(&call)) {
    co_await run_handler([&] { return (*async)(current); });
  } else if (const auto* upload = std::get_if<upload_handler>(&call)) {
    body_reader body(work_.reader);
    co_await run_handler([&] { return (*upload)(current, body); });
  } else if (const auto* stream = std::get_if<stream_handler>(&call)) {
    response_stream answer(work_.responder);
    co_await run_handler([&] { return (*stream)(current, answer); });
  } else if (const auto* websocket = std::get_if<websocket_handler>(&call)) {
    co_await run_websocket(*websocket);
  }
}

task<> handler_run::run_websocket(const websocket_handler& handler) {
  auto& x = exchange_;
  const request current(x);
  handshake offer(current.elements(field::sec_websocket_protocol));
  client_.ends(fate::last_answer);  // as with every refused handshake
  if (const auto& check = x.match->check) {
    const bool pass = co_await admitted([&] { return check(current, offer); });
    if (!pass) co_return;
  }
  if (client_.draining()) co_return work_.responder.answer(stopping());

  beast_websocket peer(client_, std::string(work_.reader.unparsed_bytes()));
  const bool accepted = co_await peer.accept(x, offer);
  if (!accepted || client_.lost()) co_return client_.ends(fate::peer_gone);
  x.status = 101;
  x.bytes = 0;
  client_.status().enter(phase::websocket);
  client_.listen(&peer);
  if (client_.draining()) {
    client_.limit_to(client_.parts().stop.plan().websocket_grace, "websocket_grace");
    peer.on_draining();
  }
  const auto [failure] = co_await under_hard_token([&] { return handler(current, peer); });
  co_await peer.finish();
  client_.listen(nullptr);
  client_.no_grace();
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
  x.body_since = clock::now();
  co_return x.is_body_done() || x.is_upload();
}

task<bool> handler_run::admitted(std::function<task<std::optional<response>>()> judge) {
  auto [failure, refusal] = co_await under_hard_token(std::move(judge));
  if (client_.lost()) co_return false;
  // The hard token may have come to the guard alone: no handler begins after that.
  const bool canceled = client_.parts().stop.hard_canceled();
  if (!failure && !refusal && !canceled) co_return true;
  if (refusal) {
    work_.reader.pass_over_body();
    settle({}, &*refusal);
  } else if (failure) {
    settle(failure, nullptr);
  } else {
    work_.responder.answer_stopping();
  }
  co_return false;
}

}  // namespace sundown::http::detail
