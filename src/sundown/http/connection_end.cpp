#include "http/connection.hpp"

#include "http/in_place.hpp"
#include "http/worker.hpp"

#include <algorithm>
#include <array>

namespace sundown::http::detail {

connection::input connection::discard_input() {
  static thread_local std::array<char, 16 << 10> nowhere;
  for (;;) {
    error_code ec;
    socket_.read_some(asio::buffer(nowhere), ec);
    if (ec == asio::error::would_block) return input::none;
    if (ec == asio::error::eof) return input::ended;
    if (ec) return input::broken;
    if (turn_over(clock::now())) return input::more;
  }
}

task<> connection::end(bool whole) {
  if (!whole && !aborted_) aborted_ = true;
  if (aborted_) co_return reset();
  if (work_) worker_.workspaces().give_back(std::move(work_));
  enter(phase::linger);
  if (makes_room_ && unacknowledged() == 0 && discard_input() == input::none) co_return close();
  error_code ec;
  socket_.shutdown(worker_socket::shutdown_send, ec);
  if (ec) co_return close();
  const auto at = clock::now();
  start_watching_writes(at);
  set_deadline(at + (draining() ? acknowledgement_poll : worker_.limits().linger));
  for (std::size_t left = last_unacknowledged_;; left = unacknowledged()) {
    if (draining() && left == 0) {
      discard_input();  // close(2) with input unread resets the connection
      break;
    }
    const auto [failed] = co_await socket_.async_wait(worker_socket::wait_read, as_result_in_place);
    if (failed) break;  // the linger limit, or given up
    const auto got = discard_input();
    if (got == input::more) co_await worker_.turns().next(this);
    if (take_interrupt() != interrupt::none) break;  // the linger limit passed meanwhile
    if (got == input::none || got == input::more) continue;
    if (got == input::ended) co_await await_acknowledgement();
    break;
  }
  if (aborted_) {
    reset();
  } else {
    close();
  }
}

task<> connection::await_acknowledgement() {
  // One byte is our own FIN, and the peer has sent its own: it needs nothing more from us.
  for (auto next_look = acknowledgement_poll; unacknowledged() > 1 && !peer_is_gone() && !aborted_;) {
    if (!still_moving(clock::now())) co_return give_up("stall_limit");
    no_deadline();
    co_await pause(draining() ? acknowledgement_poll : next_look);
    next_look = std::min(2 * next_look, slowest_acknowledgement_poll);
  }
}

task<> connection::pause(std::chrono::milliseconds most) {
  struct waker final : soft_listener {
    waker(connection& paused, worker_executor where) : owner(paused), timer(where) { owner.listener_ = this; }
    ~waker() { owner.listener_ = nullptr; }
    void on_draining() override { timer.cancel(); }
    void on_abort() override { timer.cancel(); }
    connection& owner;
    worker_timer timer;
  };
  waker end(*this, worker_.executor());
  end.timer.expires_after(most);
  co_await end.timer.async_wait(as_result);
}

void connection::close() {
  error_code ignored;
  socket_.close(ignored);
}

void connection::reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace sundown::http::detail
