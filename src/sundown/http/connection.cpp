#include "http/connection.hpp"

#include "http/connection_end.hpp"
#include "http/proxy_header.hpp"
#include "http/unix_socket.hpp"
#include "http/worker_parts.hpp"

#include <algorithm>

namespace sundown::http::detail {

connection::connection(worker_parts& parts, boost::scope::unique_fd socket, protocol& carried,
                       const encryption* encrypted)
    : parts_(parts),
      protocol_(&carried),
      status_(parts.phases),
      transport_(std::move(socket), parts.executor, encrypted) {}

connection::~connection() {
  if (watch_) *watch_ = nullptr;
}

bool connection::draining() const noexcept { return parts_.stop.draining(); }

bool connection::is_to_end() const noexcept { return draining() || makes_room_ || parts_.answers_close; }

const std::string& connection::remote() {
  if (remote_.empty()) remote_ = transport_.peer_address();
  return remote_;
}

const std::string& connection::origin() { return announced_ ? announced_->address : remote(); }

bool connection::is_from_proxy() {
  if (peer_ == trust::not_asked) {
    const auto& trusted = parts_.forwarding;
    const auto peer = base::ip_address::parse(remote());
    const bool full = peer ? trusted.trusts(*peer) : remote() == unix_peer && trusted.trusts_unix();
    peer_ = full ? trust::full : trust::none;
  }
  return peer_ == trust::full;
}

bool connection::origin_is_proxy() { return announced_ ? announced_->is_proxy : is_from_proxy(); }

// -- before the first request

void connection::begin_handshake() {
  status_.enter(phase::handshake);
  const auto now = clock::now();
  const auto end = now + parts_.limits.header_timeout;
  set_deadline(draining() ? std::min(end, parts_.stop.grace_end(now, parts_.stop.plan().header_grace)) : end);
}

void connection::end_handshake() {
  active_at_ = clock::now();
  no_deadline();
  status_.enter(phase::fresh);
}

task<> connection::read_proxy_header() {
  begin_handshake();
  const char* fault = is_from_proxy() ? nullptr : "the peer is none of http.trusted_proxies";
  auto why = interrupt::none;
  for (std::string received; goes_on() && !fault;) {
    fault = receive_proxy_header(received);
    if (fault || !goes_on()) break;
    if (status_.phase() == phase::fresh) co_return;
    if (why != interrupt::none) {
      if (why == interrupt::deadline && !received.empty()) fault = "the header did not come in time";
      ends(fate::last_answer);
      break;
    }
    const auto [failed] = co_await transport_.wait_readable();
    if (!failed || lost()) continue;
    why = take_interrupt();  // bytes that are there by now are in time, as in the handshake
    if (why == interrupt::none) ends(fate::peer_gone);
  }
  if (!fault) co_return;
  parts_.book.proxy_header_refused(fault, remote());
  ends(fate::last_answer);
}

const char* connection::receive_proxy_header(std::string& received) {
  // What stands behind the header is not the proxy's: it is looked at first, and only the header is taken.
  constexpr std::size_t step = 512;
  for (;;) {
    const auto had = received.size();
    received.resize(had + step);
    const auto seen = transport_.peek(asio::buffer(received) + had);
    received.resize(had + seen.bytes);
    if (seen.how == transport::status::blocked) return nullptr;
    if (seen.how != transport::status::done) {
      ends(seen.how == transport::status::ended ? fate::last_answer : fate::peer_gone);
      return received.empty() ? nullptr : "the header is cut off";
    }
    const auto header = detail::read_proxy_header(received);
    if (header.how == proxy_header::verdict::refused) return header.fault;
    const bool whole = header.how == proxy_header::verdict::done;
    transport_.discard(asio::buffer(received, whole ? header.size : received.size()) + had);
    if (!whole) continue;
    if (header.source) {
      announced_ = std::make_unique<const announced_origin>(
          announced_origin{header.source->text(), parts_.forwarding.trusts(*header.source)});
    }
    end_handshake();
    return nullptr;
  }
}

task<> connection::handshake() {
  begin_handshake();
  for (bool late = false; goes_on();) {
    const auto how = transport_.handshake();
    if (how == transport::status::done) {
      end_handshake();
      co_return parts_.book.handshake_done();
    }
    if (how != transport::status::blocked) {
      parts_.book.handshake_failed(transport_.handshake_fault(), remote());
      ends(fate::last_answer);  // the alert is on its way
      co_return;
    }
    if (late) {
      parts_.book.handshake_failed("the client did not finish it in time", remote());
      ends(fate::last_answer);
      co_return;
    }
    const auto [failed] = co_await transport_.wait_readable();
    if (!failed || lost()) continue;
    // Bytes that are there by now are in time: it is this thread that comes late to them.
    late = take_interrupt() != interrupt::none;
    if (late) continue;
    parts_.book.handshake_failed("", remote());
    ends(fate::peer_gone);
  }
}

// -- waits

bool connection::turn_over(clock::time_point now) noexcept { return parts_.turns.used_up(this, now); }

task<> connection::next_turn() {
  no_deadline();
  co_await parts_.turns.next(this);
  take_interrupt();  // no wait on the socket was interrupted
}

task<> connection::wait_writable() {
  begin_write_wait();
  const auto [ec] = co_await transport_.wait_writable();
  end_write_wait();
  if (ec) ends(fate::peer_gone);
}

void connection::begin_write_wait() {
  start_watching_writes(clock::now());
  write_blocked_ = true;
}

void connection::end_write_wait() noexcept {
  write_blocked_ = false;
  has_read_all_ = false;
  active_at_ = clock::now();
  no_deadline();
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
  waker end(*this, transport_.executor());
  end.timer.expires_after(most);
  co_await end.timer.async_wait(as_result);
}

// -- a peer that takes nothing

std::chrono::milliseconds connection::stall_limit() const {
  return draining() ? parts_.stop.plan().stall_limit : parts_.limits.stall_limit;
}

std::uint32_t connection::start_watching_writes(clock::time_point now) {
  last_unacknowledged_ = static_cast<std::uint32_t>(transport_.unacknowledged());
  last_progress_ = now;
  set_deadline(now + stall_limit() / 8);
  return last_unacknowledged_;
}

bool connection::still_moving(clock::time_point now) {
  // Room to write is signalled only when a third of the kernel's buffer is free: a slow reader is seen by what it
  // acknowledges, long before.
  const auto left = static_cast<std::uint32_t>(transport_.unacknowledged());
  if (left < last_unacknowledged_) last_progress_ = now;
  last_unacknowledged_ = left;
  const auto limit = stall_limit();
  if (now - last_progress_ >= limit) return false;
  set_deadline(std::min(now + limit / 8, last_progress_ + limit));
  return true;
}

// -- deadlines and the stop

void connection::set_deadline(clock::time_point when) {
  deadline_ = std::min(when, run_end_);
  parts_.sweep.deadline_set(deadline_);
}

void connection::set_run_end(clock::time_point when) {
  const auto before = std::exchange(run_end_, when);
  if (when < deadline_)
    set_deadline(when);
  else if (deadline_ == before)
    no_deadline();
  parts_.sweep.run_end_set(when);
}

void connection::stir_reader() {
  if (status_.phase() == phase::body && !write_blocked_) wake(interrupt::deadline);
}

void connection::limit_to(std::chrono::milliseconds grace, const char* name) {
  grace_end_ = clock::now() + grace;
  grace_name_ = name;
  set_deadline(std::min(deadline_, grace_end_));
}

void connection::wake(interrupt why) {
  interrupt_ = why;
  no_deadline();
  transport_.cancel();
}

void connection::report_cut(const char* why) {
  const auto* const current = protocol_->under_way();
  if (current) return parts_.book.cut(*current, why);
  parts_.book.cut({status_.name(), status_.age(clock::now()), why});
}

void connection::give_up(const char* why) {
  if (given_up()) return cancel_what_is_left();
  if (!owes_nothing_ && (status_.in_request() || status_.phase() == phase::linger)) report_cut(why);
  if (multiplexed_ && status_.phase() != phase::linger) protocol_->report_cut(why);
  abandon(why);
  protocol_->cancel_handlers();
}

void connection::cancel_what_is_left() {
  if (multiplexed_) return protocol_->on_hard_cancel();
  protocol_->cancel_handlers();
}

void connection::abandon(const char* why) {
  ends(fate::given_up, why);
  status_.enter(phase::linger);  // no request any more, even if its handler doesn't end
  wake(interrupt::none);
  if (listener_) listener_->on_abort();
}

void connection::lose_peer() {
  abandon(client_gone);
  protocol_->on_client_gone();
}

// -- a peer that is gone

bool connection::hears_nothing() const noexcept {
  const auto doing = status_.phase();
  return doing == phase::queued || doing == phase::handling || doing == phase::answer || doing == phase::stream ||
         doing == phase::websocket || doing == phase::streams;
}

void connection::watch_peer() {
  if (watch_) return;
  watch_ = std::make_shared<connection*>(this);
  await_peer_end();
}

void connection::await_peer_end() {
  // epoll_ctl(2): a reset, and the end of both sides, but not of the peer's alone, is EPOLLHUP.
  transport_.socket().async_wait(worker_socket::wait_error, [watch = watch_](const error_code& failed) {
    auto* const self = *watch;
    if (self == nullptr || self->lost()) return;
    self->on_peer_event(failed);
  });
}

void connection::on_peer_event(const error_code& failed) {
  if (transport_.is_reset()) {
    if (hears_nothing()) return lose_peer();
  } else if (failed == asio::error::operation_aborted) {
    return await_peer_end();  // another wait on the socket was interrupted, and all are
  }
  watch_.reset();  // urgent data, or nothing to be told: the next look sees to it
}

void connection::on_sweep(clock::time_point now, bool look) {
  if (look && hears_nothing() && transport_.is_reset()) return lose_peer();
  if (deadline_ <= now) on_deadline(now);
}

void connection::on_deadline(clock::time_point now) {
  if (now >= grace_end_) {
    grace_end_ = clock::time_point::max();
    if (status_.phase() != phase::websocket) return give_up(grace_name_);
    owes_nothing_ = true;
    wake(interrupt::deadline);
    if (listener_) listener_->on_abort();
    return;
  }
  if (now >= run_end_) {
    run_end_ = clock::time_point::max();
    if (!multiplexed_) {
      if (write_blocked_)
        start_watching_writes(now);
      else
        no_deadline();
      return protocol_->on_run_end(now);
    }
    if (given_up()) return protocol_->on_deadline(now);
  }
  if (write_blocked_) {
    if (!still_moving(now)) return give_up("stall_limit");
    if (multiplexed_) protocol_->on_deadline(now);
    return;
  }
  if (multiplexed_ && status_.phase() != phase::linger) return protocol_->on_deadline(now);
  if (status_.phase() == phase::linger && transport_.undelivered() > 0) {
    if (!still_moving(now)) return give_up("stall_limit");
    if (draining()) set_deadline(now + acknowledgement_poll);
    return;
  }
  wake(interrupt::deadline);
}

void connection::on_announce(clock::time_point now) {
  const auto& plan = parts_.stop.plan();
  if (multiplexed_ && status_.phase() != phase::linger) {
    if (write_blocked_) start_watching_writes(now);
    return protocol_->on_announce(now);
  }
  switch (status_.phase()) {
    case phase::fresh:
    case phase::idle:
      set_deadline(parts_.stop.grace_end(now, plan.idle_grace));
      break;
    case phase::handshake:
    case phase::head:
      set_deadline(std::min(deadline_, parts_.stop.grace_end(now, plan.header_grace)));
      break;
    case phase::stream:
      limit_to(plan.stream_grace, "stream_grace");
      break;
    case phase::websocket:
      limit_to(plan.websocket_grace, "websocket_grace");
      break;
    case phase::linger:
      set_deadline(now);
      break;
    case phase::body:
    case phase::queued:
    case phase::handling:
    case phase::answer:
    case phase::streams:
      break;  // runs to the end
  }
  if (write_blocked_) start_watching_writes(now);  // by the stop's stall limit from here on
  if (listener_) listener_->on_draining();
}

void connection::on_hard_cancel() {
  if (given_up()) return cancel_what_is_left();
  const auto doing = status_.phase();
  if (multiplexed_ && doing != phase::linger) return protocol_->on_hard_cancel();
  if (doing != phase::handshake && doing != phase::head && doing != phase::body && doing != phase::queued &&
      doing != phase::handling) {
    return;
  }
  wake(interrupt::hard_cancel);
  protocol_->cancel_handlers();
}

bool connection::on_room_wanted(bool at_any_price) {
  const auto doing = status_.phase();
  const bool lingers = doing == phase::linger;
  const bool unread = lingers && transport_.unacknowledged() > 0;
  if (unread && !at_any_price) return false;
  makes_room_ = true;
  if (doing == phase::handshake || doing == phase::fresh || doing == phase::idle) {
    wake(interrupt::deadline);
  } else if (!lingers) {
    give_up("no room for more connections");
  } else {
    if (unread) ends(fate::given_up);
    wake(interrupt::none);
  }
  return true;
}

bool connection::owes_no_more(std::size_t unparsed) {
  if (owed_ == not_known) {
    if (clock::now() - parts_.announced_at < parts_.stop.plan().header_grace) return false;
    owed_ = received_ + transport_.available();
  }
  return received_ - unparsed >= owed_;
}

bool connection::may_close_at_once() noexcept {
  return client_is_done_ && !draining() && !transport_.encrypted() && transport_.unacknowledged() == 0 &&
         (nothing_unread_ || transport_.available() == 0);
}

}  // namespace sundown::http::detail
