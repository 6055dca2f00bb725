#include "http/listener.hpp"

#include "http/syn_filter.hpp"

#include <sundown/log.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sundown::http::detail {

using namespace std::chrono_literals;
using boost::system::error_code;

namespace {

/// The time for handshakes under way: at least one look after a pause, at most the round trip of a far client.
constexpr auto handshake_poll = 2ms;
constexpr auto handshake_limit = 300ms;
/// Between two looks whether there is a file descriptor for those who wait.
constexpr auto sweep_poll = 5ms;

/// Until when a stop tries to accept those who wait: at the hard cancel descriptors become free, and who comes in then
/// has half of the time up to the drain's end to hear 503.
clock::time_point last_call(const lifecycle::budget& stop) {
  if (!stop.started()) return clock::time_point::min();
  return stop.hard_cancel_at() + (stop.drain_end() - stop.hard_cancel_at()) / 2;
}

/// Connections that the kernel has accepted and the process has not; 0 if it doesn't say.
std::size_t waiting_in(int listening_socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(listening_socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_unacked;  // of a listener: the length of its queue, as in the first column of ss(8)
}

}  // namespace

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
  reserve_.accepted(fd, clock::now());
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
  while (acceptor_.is_open() && !sweeping_) {
    if (!closing_ && full_()) {
      co_await pause(1h);
      continue;
    }
    if (!closing_ && reserve_.reached(clock::now())) {
      warn_seldom("clients wait until connections end", "nearly all file descriptors are in use");
      co_await pause(100ms);
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
      warn_seldom("accept failed; trying again", ec.message());
      co_await pause(backoff);
      backoff = std::min(backoff * 2, 1000ms);
    }
  }
}

void listener::warn_seldom(const char* event, std::string why) {
  const auto now = clock::now();
  if (now < next_warning_) return;
  next_warning_ = now + 10s;
  log::warn(event, {{"error", std::move(why)}});
}

task<> listener::pause(clock::duration most) {
  pausing_ = true;
  pause_.expires_after(most);
  co_await pause_.async_wait(as_result);
  pausing_ = false;
}

error_code listener::sweep_queue() {
  for (;;) {
    const auto ec = accept_one();
    if (ec && ec != asio::error::connection_aborted) return ec;
  }
}

task<> listener::complete_handshakes() {
  const auto limit = clock::now() + handshake_limit;
  worker_timer timer(acceptor_.get_executor());
  // The filter may have come between a SYN and its ACK: what is under way completes within its round trip.
  for (;;) {
    const auto under_way = handshakes_under_way(acceptor_.native_handle());
    timer.expires_after(handshake_poll);
    co_await timer.async_wait(as_result);
    if (under_way.value_or(0) == 0 || clock::now() >= limit) co_return;
  }
}

task<std::size_t> listener::let_in_who_waits() {
  if (const auto refused = drop_new_syns(acceptor_.native_handle())) {
    log::warn("no packet filter for the listener: a connection that arrives in this moment may be reset",
              {{"error", refused.message()}});
  }
  worker_timer timer(acceptor_.get_executor());
  for (bool first = true;; first = false) {
    co_await complete_handshakes();
    if (first) end_accept_loop();
    const auto ec = sweep_queue();
    const auto left = ec == asio::error::would_block ? 0 : waiting_in(acceptor_.native_handle());
    if (left == 0 || clock::now() >= last_call(drain_.clock())) co_return left;
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

task<std::size_t> listener::close() {
  if (closing_) co_return 0;
  closing_ = true;
  std::size_t left = 0;
  if (drain_.listeners_shared()) {
    end_accept_loop();
  } else {
    left = co_await let_in_who_waits();
  }
  // Not acceptor_.close(): that leaves it to the kernel to forget the socket in this process's epoll set, which it does
  // only when the last process that has it open closes it (epoll(7), Q6).
  error_code ignored;
  ::close(acceptor_.release(ignored));
  co_return left;
}

}  // namespace sundown::http::detail
