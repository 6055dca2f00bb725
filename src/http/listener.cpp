#include "http/listener.hpp"

#include "http/syn_filter.hpp"

#include <sundown/error.hpp>
#include <sundown/log.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sundown::http::detail {

using namespace std::chrono_literals;
using boost::system::error_code;

namespace {

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

/// The time for handshakes under way: at least one look after a pause, at most the round trip of a far client.
constexpr auto handshake_poll = 2ms;
constexpr auto handshake_limit = 300ms;

[[noreturn]] void refuse(const asio::ip::tcp::endpoint& at, const char* what, const error_code& ec) {
  std::string advice;
  if (ec == asio::error::address_in_use) {
    advice = ": another process listens there; end it or choose another port (0 = any free one)";
  } else if (ec == asio::error::access_denied) {
    advice = ": a port below 1024 needs the capability net_bind_service; choose a higher one";
  } else if (ec == boost::system::errc::address_not_available) {
    advice = ": this host has no such address; use one of its own, or 0.0.0.0 for all";
  }
  throw startup_error("cannot " + std::string(what) + " " + at.address().to_string() + ":" + std::to_string(at.port()) +
                      ": " + ec.message() + advice);
}

}  // namespace

worker_acceptor listen(worker_executor where, const asio::ip::tcp::endpoint& at, int backlog, listening_order order) {
  worker_acceptor acceptor(where);
  error_code ec;
  acceptor.open(at.protocol(), ec);
  if (ec) refuse(at, "open a socket for", ec);
  ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  // Inherited by every accepted socket (tcp(7)): without it pipelined answers wait for the peer's delayed ACK.
  acceptor.set_option(asio::ip::tcp::no_delay(true), ec);
  if (order == listening_order::further) acceptor.set_option(reuse_port(true), ec);
  acceptor.bind(at, ec);
  if (ec) refuse(at, "bind", ec);
  if (order == listening_order::first) acceptor.set_option(reuse_port(true), ec);
  acceptor.listen(backlog, ec);
  if (ec) refuse(at, "listen on", ec);
  acceptor.non_blocking(true, ec);
  return acceptor;
}

void listener::start(full_function full, accept_function on_accept) {
  full_ = std::move(full);
  on_accept_ = std::move(on_accept);
  asio::co_spawn(acceptor_.get_executor(), accept_loop(), asio::detached);
}

void listener::accepted(worker_socket socket) {
  last_accepted_.store(clock::now().time_since_epoch().count(), std::memory_order_relaxed);
  if (closing_) {
    swept_.fetch_add(1, std::memory_order_relaxed);
    hear_again(socket.native_handle());
  }
  on_accept_(std::move(socket));
}

error_code listener::accept_one() {
  // Not acceptor_.accept(): a program that a handler starts would inherit the connection, and it would not end.
  const int fd = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) return {errno, boost::system::system_category()};
  worker_socket socket(acceptor_.get_executor());
  error_code ec;
  socket.assign(protocol_, fd, ec);
  if (ec) {
    ::close(fd);
  } else {
    accepted(std::move(socket));
  }
  return ec;
}

task<> listener::accept_loop() {
  auto backoff = 10ms;
  while (acceptor_.is_open()) {
    if (!closing_ && full_()) {
      pause_.expires_after(1h);  // room_again() ends it
      co_await pause_.async_wait(as_result);
      continue;
    }
    const auto ec = accept_one();
    if (!ec) {
      backoff = 10ms;
      co_await asio::post(acceptor_.get_executor(), use_task);  // those inside have their turn between two that come
    } else if (ec == asio::error::would_block) {
      const auto [closed] = co_await acceptor_.async_wait(worker_acceptor::wait_read, as_result);
      if (closed) co_return;
    } else if (ec != asio::error::connection_aborted) {  // that one: the client was faster (accept(2))
      if (backoff == 10ms) log::warn("accept failed; trying again", {{"error", ec.message()}});
      pause_.expires_after(backoff);
      backoff = std::min(backoff * 2, 1000ms);
      co_await pause_.async_wait(as_result);
    }
  }
}

void listener::sweep_queue() {
  error_code ec;
  do {
    ec = accept_one();
  } while (!ec || ec == asio::error::connection_aborted);  // would_block: the queue is empty
}

task<> listener::refuse_new_clients() {
  if (const auto refused = drop_new_syns(acceptor_.native_handle())) {
    log::warn("no packet filter for the listener: a connection that arrives in this moment may be reset",
              {{"error", refused.message()}});
  }
  const auto limit = clock::now() + handshake_limit;
  worker_timer pause(acceptor_.get_executor());
  // The filter may have come between a SYN and its ACK: what is under way completes within its round trip.
  for (;;) {
    const auto under_way = handshakes_under_way(acceptor_.native_handle());
    pause.expires_after(handshake_poll);
    co_await pause.async_wait(as_result);
    if (under_way.value_or(0) == 0 || clock::now() >= limit) co_return;
  }
}

task<> listener::close() {
  if (closing_) co_return;
  closing_ = true;
  const bool alone = !drain_.listeners_shared();
  if (alone) co_await refuse_new_clients();
  error_code ec;
  acceptor_.cancel(ec);
  pause_.cancel();
  if (alone) sweep_queue();
  // Not acceptor_.close(): that leaves it to the kernel to forget the socket in this process's epoll set, which it does
  // only when the last process that has it open closes it (epoll(7), Q6).
  ::close(acceptor_.release(ec));
}

}  // namespace sundown::http::detail
