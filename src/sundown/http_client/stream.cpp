#include <sundown/http_client.hpp>

#include "http_client/core.hpp"
#include "http_client/message.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace sundown::http_client {

using detail::pending_answer;

/// Shared by the reader, on its own thread, and by what fetches the pieces, on the client's.
struct stream::state : std::enable_shared_from_this<stream::state> {
  using head_caller = std::shared_ptr<pending_answer<stream>>;
  using piece_caller = std::shared_ptr<pending_answer<std::string>>;

  state(const std::shared_ptr<client::core>& of, std::shared_ptr<call> its_call)
      : core(of), mine(std::move(its_call)), asked(of->context, asio::steady_timer::time_point::max()) {}

  asio::awaitable<result<void>> fetch(client::core& from, head_caller opener);
  /// Gives the reader a piece, "" or a fault.
  void give(result<std::string> piece) {
    if (const auto caller = std::exchange(reader, nullptr)) caller->answer(std::move(piece));
  }
  void ask(piece_caller caller);
  void end(result<void> outcome);

  const std::weak_ptr<client::core> core;
  const std::shared_ptr<call> mine;

  // Written before the reader has it.
  unsigned status = 0;
  http::fields headers;

  // The client's thread.
  asio::steady_timer asked;  // never runs out: cancelled when somebody reads
  piece_caller reader;
  bool over = false;
  result<void> last;
};

asio::awaitable<result<void>> stream::state::fetch(client::core& from, head_caller opener) {
  auto opened = co_await open_answer(*from.all, mine->ready, mine->how_far, from.retried);
  if (!opened) co_return opened.error();
  status = opened->reader().status();
  headers = opened->reader().headers();
  mine->stop_clock();
  opener->answer(stream(shared_from_this()));
  for (;;) {
    while (!reader) co_await asked.async_wait(as_values);
    mine->restart_clock();
    auto piece = co_await opened->reader().read_piece();
    mine->stop_clock();
    if (!piece) co_return error{piece.error().code, mine->ready.where.where.text() + ": " + piece.error().detail};
    if (piece->empty()) break;
    give(std::move(piece));
  }
  opened->give_back(from.how.idle_timeout);
  co_return result<void>();
}

void stream::state::ask(piece_caller caller) {
  (void)caller->begin();
  reader = std::move(caller);
  if (over) return end(last);
  asked.cancel();
}

void stream::state::end(result<void> outcome) {
  over = true;
  last = std::move(outcome);
  give(last ? result<std::string>(std::string()) : last.error());
}

stream::stream(std::shared_ptr<state> from) noexcept : state_(std::move(from)) {}
stream::stream() noexcept = default;
stream::stream(stream&&) noexcept = default;

stream& stream::operator=(stream&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}

stream::~stream() {
  if (!state_) return;
  if (const auto from = state_->core.lock()) asio::post(from->context, [mine = state_->mine] { mine->cancel(); });
}

unsigned stream::status() const noexcept { return state_->status; }

const http::fields& stream::headers() const noexcept { return state_->headers; }

task<result<std::string>> stream::read() {
  auto begin = [state = state_](auto handler) {
    const auto from = state->core.lock();
    if (!from) throw std::logic_error("a stream is read when its client has gone");
    auto caller = pending_answer<std::string>::make(std::move(handler), from->context.get_executor());
    caller->on_give_up(from->canceling(state->mine));
    asio::post(from->context, [state, caller = std::move(caller)]() mutable { state->ask(std::move(caller)); });
  };
  co_return co_await asio::async_initiate<decltype(use_task), void(result<std::string>)>(std::move(begin), use_task);
}

task<result<stream>> client::open(request what) {
  auto inside = gate_.enter();
  if (!inside) co_return refused(what, inside.error());
  auto ready = make_ready(std::move(what));
  if (!ready) co_return ready.error();
  const auto mine = core_->new_call(std::move(*ready), std::move(*inside));
  auto begin = [core = core_.get(), made = std::make_shared<stream::state>(core_, mine)](auto handler) {
    auto opener = pending_answer<stream>::make(std::move(handler), core->context.get_executor());
    opener->on_give_up(core->canceling(made->mine));
    asio::post(core->context, [core, made, opener = std::move(opener)] {
      const auto finish = [core, made, opener](const std::exception_ptr& thrown, result<void> outcome) {
        outcome = made->mine->settled(thrown, std::move(outcome));
        --core->running;
        core->ended(*made->mine, outcome);
        if (!outcome) opener->answer(outcome.error());  // unless it has been answered with the head
        made->end(std::move(outcome));
      };
      ++core->running;
      if (!opener->begin()) return finish(nullptr, error{errc::canceled, made->mine->give_up()});
      made->mine->restart_clock();
      asio::co_spawn(core->context, made->fetch(*core, opener),
                     asio::bind_cancellation_slot(made->mine->slot(), finish));
    });
  };
  co_return co_await asio::async_initiate<decltype(use_task), void(result<stream>)>(std::move(begin), use_task);
}

}  // namespace sundown::http_client
