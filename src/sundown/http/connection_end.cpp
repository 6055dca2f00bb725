// The end of a connection: the members of connection that make it.
#include "http/connection.hpp"
#include "http/worker_parts.hpp"

#include <algorithm>
#include <array>

namespace sundown::http::detail {

namespace {

/// While it serves, ever more seldom.
constexpr std::chrono::milliseconds slowest_acknowledgement_poll(1000);

}  // namespace

task<> connection::end() {
  if (lost()) co_return transport_.reset();
  if (may_close_at_once()) co_return transport_.close();
  status_.enter(phase::linger);
  // Nothing is lost then: the kernel still delivers the goodbye.
  const bool at_once = makes_room_ && transport_.undelivered() == 0;
  while (transport_.say_goodbye() == transport::status::blocked) {
    co_await wait_writable();
    if (lost()) co_return transport_.reset();
  }
  const bool lingers = !at_once || discard_input() != transport::status::blocked;
  if (lingers && transport_.half_close()) co_await linger();
  if (given_up()) {
    transport_.reset();
  } else {
    transport_.close();
  }
}

bool connection::may_close_at_once() noexcept {
  return client_is_done_ && !draining() && !transport_.encrypted() && transport_.unacknowledged() == 0 &&
         (nothing_unread_ || transport_.available() == 0);
}

task<> connection::linger() {
  const auto now = clock::now();
  start_watching_writes(now);
  set_deadline(now + (draining() ? acknowledgement_poll : parts_.limits.linger));
  for (bool looked = true;; looked = false) {
    const bool hurries = draining() || makes_room_;
    if (hurries && (looked ? last_unacknowledged_ : transport_.undelivered()) == 0) {
      const bool has_end = transport_.refuse_input();
      // close(2) with input unread resets the connection.
      while (discard_input() == transport::status::done && has_end) co_await parts_.turns.next(this);
      co_return;
    }
    if (makes_room_ && clock::now() < now + parts_.limits.linger) {
      no_deadline();
      co_await pause(acknowledgement_poll);
      if (given_up()) co_return;
      if (const auto got = discard_input(); got == transport::status::ended || got == transport::status::broken)
        co_return;
      continue;
    }
    const auto [failed] = co_await transport_.wait_readable();
    if (failed) co_return;  // the linger limit, or given up
    const auto got = discard_input();
    if (got == transport::status::done) co_await parts_.turns.next(this);
    if (given_up() || take_interrupt() != interrupt::none) co_return;  // the linger limit passed meanwhile
    if (got == transport::status::ended) co_return co_await await_acknowledgement();
    if (got == transport::status::broken) co_return;
  }
}

transport::status connection::discard_input() {
  static thread_local std::array<char, 16 << 10> nowhere;
  for (;;) {
    const auto got = transport_.discard(asio::buffer(nowhere));
    if (got.how != transport::status::done) return got.how;
    if (turn_over(clock::now())) return got.how;
  }
}

task<> connection::await_acknowledgement() {
  // One byte is our own FIN, and the peer has sent its own: it needs nothing more from us.
  for (auto next_look = acknowledgement_poll; transport_.undelivered() > 1 && !transport_.is_reset() && !given_up();) {
    if (!still_moving(clock::now())) co_return give_up("stall_limit");
    no_deadline();
    co_await pause(draining() ? acknowledgement_poll : next_look);
    next_look = std::min(2 * next_look, slowest_acknowledgement_poll);
  }
}

}  // namespace sundown::http::detail
