#include "http/listener.hpp"

#include "http/memory_reserve.hpp"
#include "http/syn_filter.hpp"
#include "http/turns.hpp"

#include <sundown/log.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sundown::http::detail {

using namespace std::chrono_literals;
using boost::system::error_code;

namespace {

/// The time for handshakes under way: at least one look after a pause, at most the round trip of a far client.
constexpr auto handshake_poll = 2ms;
constexpr auto handshake_limit = 300ms;
/// Between two looks at the handshakes the accepted connections are served for this many times the length of a look: a
/// look blocks, and takes the longer the more sockets the host has.
constexpr int look_rest = 9;
/// Between two looks for a connection that can be spared, if none ends before. It takes the longer the more there are.
constexpr auto room_poll = 10ms;
/// No rest between them is longer: it was not the look that took the time, but whatever kept the thread from it.
constexpr auto longest_rest = 500ms;
/// Connections in a row that are broken before they are accepted: more of them are a fault on our side.
constexpr int refused_in_a_row = 100;
/// Between two looks whether a file descriptor is free for the clients in the queue.
constexpr auto sweep_poll = 5ms;

/// Until when a stop tries to accept the clients in the queue: the hard cancel frees descriptors, and a client that is
/// accepted then has half of the time up to the drain's end to receive its 503.
clock::time_point last_call(const stop::budget& stop) {
  if (!stop.started()) return clock::time_point::min();
  return stop.hard_cancel_at() + (stop.drain_end() - stop.hard_cancel_at()) / 2;
}

/// False if nobody is in the queue: an accept(2) of nobody costs 3 µs, since it makes the socket before it looks.
bool somebody_in(int listening_socket) {
  pollfd queue{listening_socket, POLLIN, 0};
  return ::poll(&queue, 1, 0) != 0;  // where it fails, accept(2) says why
}

/// Connections that the kernel has accepted and the process has not; 1 for any number if it doesn't say, as of a unix
/// socket, whose queue is nowhere to be seen without a descriptor more.
std::size_t waiting_in(int listening_socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  // What stands in for a kernel may give less (qemu's user mode).
  constexpr socklen_t needed = offsetof(tcp_info, tcpi_unacked) + sizeof info.tcpi_unacked;
  if (::getsockopt(listening_socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < needed) {
    return somebody_in(listening_socket) ? 1 : 0;
  }
  return info.tcpi_unacked;  // of a listener: the length of its queue, as in the first column of ss(8)
}

}  // namespace

accept_fault kind_of_accept_error(int number) noexcept {
  switch (number) {
    case EINTR:
    case EPERM:  // a firewall's verdict
    case ECONNABORTED:
    case EPROTO:
    // Errors of the network that were pending on the new socket: accept(2) passes them on.
    case ENETDOWN:
    case ENETUNREACH:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
    case ETIMEDOUT:
      return accept_fault::of_the_client;
    case EBADF:
    case EINVAL:  // it listens no more after shutdown(2), which another process that shares the socket may have called
    case ENOTSOCK:
      return accept_fault::lost;
    default:
      return accept_fault::shortage;
  }
}

void listener::start(surroundings around) {
  around_ = std::move(around);
  revive();
}

void listener::revive() noexcept {
  // Not started yet: where clients wait already, as after an upgrade, the worker's sweep begins with the first
  // listener's.
  if (!around_.on_accept) return;
  if (sweeping_ || lost_ || !acceptor_.is_open()) return;
  pausing_ = pausing_ && loop_.runs();
  loop_.start(acceptor_.get_executor(), [this] { return accept_loop(); });
}

void listener::accepted(boost::scope::unique_fd socket, clock::time_point now) {
  last_accepted_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  if (closing_) {
    swept_.fetch_add(1, std::memory_order_relaxed);
    hear_again(socket.get());
  }
  around_.on_accept(std::move(socket));
}

error_code listener::accept_one(clock::time_point now) noexcept {
  // Not acceptor_.accept(): a program that a handler starts would inherit the connection, and it would not end.
  boost::scope::unique_fd socket(::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return {errno, boost::system::system_category()};
  reserve_.accepted(socket.get(), now);
  try {
    accepted(std::move(socket), now);
    return {};
  } catch (...) {
    log::report_failure("a connection that was accepted", std::current_exception());
    return {ENOMEM, boost::system::system_category()};
  }
}

const char* listener::obstacle(clock::time_point now) {
  if (closing_) return nullptr;
  if (around_.full()) return "there are as many connections as allowed";
  if (reserve_.reached(now)) return "nearly all file descriptors are in use";
  if (memory_is_short()) return "memory is short";
  return nullptr;
}

task<bool> listener::somebody_waits() {
  const auto [closed] = co_await acceptor_.async_wait(worker_acceptor::wait_read, loop_.hold(as_result));
  co_return !closed;
}

task<bool> listener::await_room(std::string obstacle) {
  constexpr const char* event = "clients wait until connections end";
  if (!around_.make_room) {
    if (!around_.full()) warn_seldom(event, obstacle);
    co_await pause(around_.full() ? 1h : 100ms);
    co_return true;
  }
  const auto clients = waiting_in(acceptor_.native_handle());
  if (clients == 0) {  // no connection has to end while no client waits
    const bool more = co_await somebody_waits();
    co_return more;
  }
  const auto begin = clock::now();
  const bool soon = around_.make_room(clients) > 0;
  if (!soon) warn_seldom(event, obstacle);
  const auto rest = std::clamp<clock::duration>(look_rest * (clock::now() - begin), room_poll, longest_rest);
  co_await pause(soon ? room_poll : rest);
  co_return true;
}

task<> listener::accept_loop() {
  auto backoff = 10ms;
  auto turn_end = clock::time_point::max();  // of clients that are accepted in a row
  for (int refused = 0; acceptor_.is_open() && !sweeping_;) {
    const auto now = clock::now();
    const bool in_a_row = turn_end != clock::time_point::max();
    const auto* const why = obstacle(now);
    if (in_a_row && (why || now >= turn_end)) {
      // The others' turn, in which a connection that was served and has ended also gives its place back.
      co_await asio::post(acceptor_.get_executor(), use_task);
      turn_end = clock::time_point::max();
      continue;
    }
    if (why) {
      const bool goes_on = co_await await_room(why);
      if (!goes_on) co_return;
      continue;
    }
    // Behind an event there is somebody, behind another client perhaps nobody.
    const bool nobody = in_a_row && !somebody_in(acceptor_.native_handle());
    const auto ec = nobody ? asio::error::would_block : accept_one(now);
    if (!ec) {
      backoff = 10ms;
      refused = 0;
      turn_end = std::min(turn_end, now + turns::slice);
      continue;
    }
    if (ec == asio::error::would_block) {
      turn_end = clock::time_point::max();
      const bool more = co_await somebody_waits();
      if (!more) co_return;
      continue;
    }
    const auto kind = kind_of_accept_error(ec.value());
    if (kind == accept_fault::lost) co_return give_up(ec);
    if (kind == accept_fault::of_the_client && ++refused < refused_in_a_row) continue;
    refused = 0;
    if (kind == accept_fault::shortage && around_.make_room) {
      const bool goes_on = co_await await_room("accept failed: " + ec.message());
      if (!goes_on) co_return;
      continue;
    }
    warn_seldom("accept failed; trying again", ec.message());
    co_await pause(backoff);
    backoff = std::min(backoff * 2, 1000ms);
  }
}

void listener::give_up(const error_code& why) {
  lost_ = true;
  log::error("a listening socket is lost: it will accept nobody any more", {{"error", why.message()}});
  if (!closing_) around_.on_lost("a listening socket is lost: " + why.message());
}

void listener::warn_seldom(const char* event, const std::string& why) {
  const auto now = clock::now();
  if (now < next_warning_) return;
  next_warning_ = now + 10s;
  log::warn(event, {{"error", why}});
}

task<> listener::pause(clock::duration most) {
  pausing_ = true;
  pause_.expires_after(most);
  co_await pause_.async_wait(loop_.hold(as_result));
  pausing_ = false;
}

error_code listener::sweep_queue() {
  for (int refused = 0;;) {
    const auto ec = accept_one(clock::now());
    if (!ec) refused = 0;
    if (ec && (kind_of_accept_error(ec.value()) != accept_fault::of_the_client || ++refused == refused_in_a_row))
      return ec;
  }
}

task<> listener::complete_handshakes() {
  const auto limit = clock::now() + handshake_limit;
  worker_timer timer(acceptor_.get_executor());
  // The filter may have been set between a SYN and its ACK: such a handshake completes within its round trip.
  for (;;) {
    const auto begin = clock::now();
    const bool under_way = handshakes_under_way(acceptor_.native_handle()).value_or(0) != 0;
    const auto look = clock::now() - begin;
    timer.expires_after(under_way ? std::clamp<clock::duration>(look_rest * look, handshake_poll, handshake_limit)
                                  : handshake_poll);
    co_await timer.async_wait(as_result);
    if (!under_way || clock::now() >= limit) co_return;
  }
}

void listener::refuse_new_clients() {
  // From here on connect(2) is refused, in the very moment: the queue takes no more, and keeps what it has.
  if (unix_) {
    ::shutdown(acceptor_.native_handle(), SHUT_RD);
  } else if (const auto refused = drop_new_syns(acceptor_.native_handle())) {
    log::warn("no packet filter for the listener: a connection that arrives in this moment may be reset",
              {{"error", refused.message()}});
  }
}

task<std::size_t> listener::let_in_who_waits(patience how) {
  refuse_new_clients();
  worker_timer timer(acceptor_.get_executor());
  for (bool first = true;; first = false) {
    if (first) {
      if (how == patience::all && !unix_) co_await complete_handshakes();
      end_accept_loop();
    }
    const auto ec = sweep_queue();
    const auto left = ec == asio::error::would_block ? 0 : waiting_in(acceptor_.native_handle());
    if (left == 0 || how == patience::few || clock::now() >= last_call(drain_.clock())) co_return left;
    if (first) {
      log::warn("clients wait that can't be accepted; they will be as others end",
                {{"clients", left}, {"error", ec.message()}});
    }
    timer.expires_after(sweep_poll);
    co_await timer.async_wait(as_result);
  }
}

void listener::end_accept_loop() {
  sweeping_ = true;
  error_code ignored;
  acceptor_.cancel(ignored);
  pause_.cancel();
}

task<std::size_t> listener::close(patience how) {
  if (closing_) co_return 0;
  closing_ = true;
  std::size_t left = 0;
  if (drain_.listeners_shared(kind_)) {
    end_accept_loop();
  } else {
    try {
      left = co_await let_in_who_waits(how);
    } catch (...) {  // the socket is closed all the same, and the connections in its queue are reset
      log::report_failure("letting in the clients that wait", std::current_exception());
      left = waiting_in(acceptor_.native_handle());
      end_accept_loop();
    }
  }
  // Not acceptor_.close(): that leaves it to the kernel to forget the socket in this process's epoll set, which it does
  // only when the last process that has it open closes it (epoll(7), Q6).
  error_code ignored;
  ::close(acceptor_.release(ignored));
  co_return left;
}

}  // namespace sundown::http::detail
