#include <sundown/http_client.hpp>

#include "http/answer_fields.hpp"
#include "http_client/call_span.hpp"
#include "http_client/core.hpp"
#include "http_client/message.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <utility>

namespace sundown::http_client {

// -- what is sent and what comes

request request::with(std::string name, std::string value) && {
  headers.emplace_back(std::move(name), std::move(value));
  return std::move(*this);
}

request request::within(std::chrono::milliseconds limit) && {
  timeout = limit;
  return std::move(*this);
}

request request::on_behalf_of(const http::request& asked) && {
  const auto given = asked.context();
  if (!given.parent()) pass_trace_on(asked, headers);
  return std::move(*this).on_behalf_of(given);
}

request request::on_behalf_of(call_context asked) && {
  deadline = asked.until();
  parent = asked.parent();
  return std::move(*this);
}

std::string_view answer::header(std::string_view name) const noexcept {
  const auto* const found = http::detail::find_field(headers, name);
  return found ? std::string_view(*found) : std::string_view();
}

// -- client

client::client(settings how) : core_(std::make_shared<core>(std::move(how))) { core_->start(); }

client::~client() { abandon(); }

void client::abandon() { core_->end(); }

asio::any_io_executor client::executor() { return core_->context.get_executor(); }

void client::on_end(std::function<void(const ended_call&)> call) { core_->on_end = std::move(call); }

std::size_t client::connections() const noexcept { return core_->all->counts().open; }

std::size_t client::idle_connections() const noexcept { return core_->all->counts().idle; }

std::uint64_t client::retried() const noexcept { return core_->retried; }

task<result<answer>> client::send(request what) { return async_send(std::move(what), use_task); }

task<result<answer>> client::get(std::string url) { return send(request(http::verb::get, std::move(url))); }

task<result<answer>> client::post(std::string url, std::string type, std::string body) {
  return send(request(http::verb::post, std::move(url), std::move(type), std::move(body)));
}

void client::begin(request what, std::shared_ptr<detail::pending_answer<answer>> caller) {
  auto inside = gate_.enter();
  if (!inside) return caller->answer(refused(what, inside.error()));
  auto ready = make_ready(std::move(what));
  if (!ready) return caller->answer(ready.error());
  const auto mine = core_->new_call(std::move(*ready), std::move(*inside));
  caller->on_give_up(core_->canceling(mine));
  asio::post(core_->context, [core = core_.get(), mine, caller = std::move(caller)] {
    const auto finish = [core, mine, caller](const std::exception_ptr& thrown, result<answer> outcome) {
      outcome = mine->settled(thrown, std::move(outcome));
      --core->running;
      // Before the answer: a caller that calls again at once must find its place free.
      core->ended(*mine, outcome ? result<void>() : outcome.error());
      caller->answer(std::move(outcome));
    };
    ++core->running;
    if (!caller->begin()) return finish(nullptr, error{errc::canceled, mine->give_up()});
    mine->restart_clock();
    asio::co_spawn(core->context, core->send_whole(mine), asio::bind_cancellation_slot(mine->slot(), finish));
  });
}

asio::awaitable<void> client::close() {
  gate_.shut();
  if (!core_->thread.joinable()) co_return;  // closed before
  const result<void> idle = co_await gate_.async_empty(executor(), asio::use_awaitable);
  if (!idle) throw boost::system::system_error(asio::error::operation_aborted, waiting_for() + " not answered");
  core_->end();  // does not block: nothing is left for the thread to wait for
}

std::string client::waiting_for() const {
  const auto count = gate_.describe("call");
  return count.empty() ? count : count + core_->names();
}

}  // namespace sundown::http_client
