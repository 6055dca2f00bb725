#include "http/connection_end.hpp"

#include "http/connection.hpp"
#include "http/worker_parts.hpp"

#include <algorithm>
#include <array>

namespace sundown::http::detail {

namespace {

constexpr std::chrono::milliseconds slowest_acknowledgement_poll(1000);

/// Reads and throws away what is there. `done`: the turn is over before all is read.
transport::status discard_input(connection& client) {
  static thread_local std::array<char, 16 << 10> nowhere;
  for (;;) {
    const auto got = client.io().discard(asio::buffer(nowhere));
    if (got.how != transport::status::done) return got.how;
    if (client.turn_over(clock::now())) return got.how;
  }
}

/// After the peer's FIN: until it has acknowledged every byte.
task<> await_acknowledgement(connection& client) {
  auto& io = client.io();
  // One byte is our own FIN, and the peer has sent its own: it needs nothing more from us.
  for (auto next_look = acknowledgement_poll; io.undelivered() > 1 && !io.is_reset() && !client.given_up();) {
    if (!client.still_moving(clock::now())) co_return client.give_up("stall_limit");
    client.no_deadline();
    co_await client.pause(client.draining() ? acknowledgement_poll : next_look);
    next_look = std::min(2 * next_look, slowest_acknowledgement_poll);
  }
}

/// After our FIN: until the peer's, or what else ends the wait for it.
task<> linger(connection& client) {
  auto& io = client.io();
  auto& parts = client.parts();
  const auto now = clock::now();
  const auto unacknowledged = client.start_watching_writes(now);
  client.set_deadline(now + (client.draining() ? acknowledgement_poll : parts.limits.linger));
  for (bool looked = true;; looked = false) {
    const bool hurries = client.draining() || client.makes_room();
    if (hurries && (looked ? unacknowledged : io.undelivered()) == 0) {
      const bool has_end = io.refuse_input();
      // close(2) with input unread resets the connection.
      while (discard_input(client) == transport::status::done && has_end) co_await parts.turns.next(&client);
      co_return;
    }
    if (client.makes_room() && clock::now() < now + parts.limits.linger) {
      client.no_deadline();
      co_await client.pause(acknowledgement_poll);
      if (client.given_up()) co_return;
      if (const auto got = discard_input(client); got == transport::status::ended || got == transport::status::broken)
        co_return;
      continue;
    }
    const auto [failed] = co_await io.wait_readable();
    if (failed) co_return;  // the linger limit, or given up
    const auto got = discard_input(client);
    if (got == transport::status::done) co_await parts.turns.next(&client);
    // The linger limit passed meanwhile.
    if (client.given_up() || client.take_interrupt() != connection::interrupt::none) co_return;
    if (got == transport::status::ended) co_return co_await await_acknowledgement(client);
    if (got == transport::status::broken) co_return;
  }
}

}  // namespace

task<> end_connection(connection& client) {
  auto& io = client.io();
  if (client.lost()) co_return io.reset();
  if (client.may_close_at_once()) co_return io.close();
  client.status().enter(phase::linger);
  // Nothing is lost then: the kernel still delivers the goodbye.
  const bool at_once = client.makes_room() && io.undelivered() == 0;
  while (io.say_goodbye() == transport::status::blocked) {
    co_await client.wait_writable();
    if (client.lost()) co_return io.reset();
  }
  const bool lingers = !at_once || discard_input(client) != transport::status::blocked;
  if (lingers && io.half_close()) co_await linger(client);
  if (client.given_up()) {
    io.reset();
  } else {
    io.close();
  }
}

}  // namespace sundown::http::detail
