#include "http/connection.hpp"

#include "http/in_place.hpp"
#include "http/worker.hpp"

#include <boost/beast/core/buffers_prefix.hpp>
#include <boost/beast/core/buffers_suffix.hpp>

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sundown::http::detail {

namespace {

/// One write of more would take as long as a fast reader goes on reading.
constexpr std::size_t largest_write = 128 << 10;

/// Even of a peer that has reset the connection, which getpeername(2) does not know any more. SO_PEERNAME is refused to
/// whoever has room for more than the address: the smaller one is asked for first, and tells the family.
std::optional<asio::ip::tcp::endpoint> peer_of(int socket) {
  asio::ip::tcp::endpoint peer;
  socklen_t size = sizeof(sockaddr_in);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERNAME, peer.data(), &size) != 0) return std::nullopt;
  if (peer.data()->sa_family == AF_INET) return peer;
  size = sizeof(sockaddr_in6);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERNAME, peer.data(), &size) != 0) return std::nullopt;
  return peer;
}

}  // namespace

connection::connection(worker& owner, worker_socket socket)
    : session_status(owner.phases()), worker_(owner), socket_(std::move(socket)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  worker_.connections().add(*this);
}

connection::~connection() {
  if (work_) worker_.workspaces().give_back(std::move(work_));
  worker_.connections().remove(*this);
  worker_.connection_ended();
}

bool connection::draining() const noexcept { return worker_.drain().draining(); }

void connection::set_deadline(clock::time_point when) {
  deadline_ = when;
  worker_.deadline_set(when);
}

const std::string& connection::remote() {
  if (remote_.empty()) {
    const auto peer = peer_of(socket_.native_handle());
    remote_ = peer ? peer->address().to_string() : "unknown";
  }
  return remote_;
}

void connection::report_cut(const char* why) { worker_.cut({what(), age(clock::now()), why}); }

// -- bytes

connection::read_result connection::read_now() {
  if (!work_) work_ = worker_.workspaces().take();
  const auto space = work_->in.space();
  if (space.size() == 0) return read_result::nothing;
  error_code ec;
  const auto n = socket_.read_some(space, ec);
  if (ec == asio::error::would_block) return read_result::nothing;
  if (ec) return read_result::closed;
  work_->in.received(n);
  received_ += n;
  return read_result::some;
}

connection::write_result connection::write_now() {
  auto& w = *work_;
  while (w.written < w.out.size() + w.tail.size()) {
    if (w.written != 0 && turn_over(clock::now())) return write_result::turn_over;
    const auto in_out = std::min(w.written, w.out.size());
    const auto rest = asio::buffer(w.out) + in_out;
    error_code ec;
    if (w.tail.empty()) {  // the common case: send(2) is cheaper than sendmsg(2)
      w.written += socket_.write_some(rest, ec);
    } else {
      const auto tail = asio::buffer(w.tail) + (w.written - in_out);
      const std::array<asio::const_buffer, 2> both{rest, asio::buffer(tail, largest_write)};
      w.written += socket_.write_some(both, ec);
    }
    if (ec == asio::error::would_block) return write_result::blocked;
    if (ec) return write_result::broken;
  }
  w.out.clear();
  if (!w.tail.empty()) std::string().swap(w.tail);  // with its memory, which an assignment would keep
  w.written = 0;
  return write_result::done;
}

task<bool> connection::flush() {
  for (;;) {
    bool more = true;
    switch (write_now()) {
      case write_result::done:
        co_return true;
      case write_result::broken:
        co_return false;
      case write_result::blocked:
        more = co_await wait_writable();
        break;
      case write_result::turn_over:
        more = co_await next_turn();
        break;
    }
    if (!more) co_return false;
  }
}

task<bool> connection::write_through(std::array<asio::const_buffer, 3> pieces, std::uint64_t& written) {
  boost::beast::buffers_suffix<std::array<asio::const_buffer, 3>> rest(pieces);
  while (asio::buffer_size(rest) > 0) {
    bool more = true;
    if (turn_over(clock::now())) more = co_await next_turn();
    if (!more) co_return false;
    error_code ec;
    const auto n = socket_.write_some(boost::beast::buffers_prefix(largest_write, rest), ec);
    written += n;
    rest.consume(n);
    if (ec == asio::error::would_block) {
      more = co_await wait_writable();
      if (!more) co_return false;
    } else if (ec) {
      co_return false;
    }
  }
  co_return true;
}

bool connection::turn_over(clock::time_point now) noexcept { return worker_.turns().used_up(this, now); }

task<bool> connection::next_turn() {
  no_deadline();
  co_await worker_.turns().next(this);
  take_interrupt();  // no wait on the socket was interrupted
  co_return !aborted_;
}

task<bool> connection::wait_writable() {
  start_watching_writes(clock::now());
  write_blocked_ = true;
  const auto [ec] = co_await socket_.async_wait(worker_socket::wait_write, as_result_in_place);
  write_blocked_ = false;
  active_at_ = clock::now();
  no_deadline();
  co_return !ec && !aborted_;
}

// -- a peer that takes nothing

std::chrono::milliseconds connection::stall_limit() const {
  return draining() ? worker_.drain().plan().stall_limit : worker_.limits().stall_limit;
}

std::size_t connection::unacknowledged() {
  int bytes = 0;  // tcp(7): SIOCOUTQ; it counts an unacknowledged FIN as one
  return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

void connection::start_watching_writes(clock::time_point now) {
  last_unacknowledged_ = static_cast<std::uint32_t>(unacknowledged());
  last_progress_ = now;
  set_deadline(now + stall_limit() / 8);
}

bool connection::still_moving(clock::time_point now) {
  // Room to write is signalled only when a third of the kernel's buffer is free: a slow reader is seen by what it
  // acknowledges, long before.
  const auto left = static_cast<std::uint32_t>(unacknowledged());
  if (left < last_unacknowledged_) last_progress_ = now;
  last_unacknowledged_ = left;
  const auto limit = stall_limit();
  if (now - last_progress_ >= limit) return false;
  set_deadline(std::min(now + limit / 8, last_progress_ + limit));
  return true;
}

bool connection::peer_is_gone() {
  pollfd look{socket_.native_handle(), 0, 0};
  if (::poll(&look, 1, 0) <= 0) return false;  // neither POLLERR nor POLLHUP, which an end in order may bring as well
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(look.fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_CLOSE;
}

// -- deadlines and the stop

void connection::wake(interrupt why) {
  interrupt_ = why;
  no_deadline();
  error_code ignored;
  socket_.cancel(ignored);
}

void connection::limit_to(std::chrono::milliseconds grace, const char* name, clock::time_point now) {
  grace_end_ = now + grace;
  grace_name_ = name;
  set_deadline(std::min(deadline_, grace_end_));
}

void connection::give_up(const char* why) {
  if (aborted_) return;
  if (!owes_nothing_ && (in_request() || now() == phase::linger)) report_cut(why);
  abandon(why);
}

void connection::abandon(const char* why) {
  cut_ = why;
  enter(phase::linger);  // no request any more, even if its handler doesn't end
  aborted_ = true;
  wake(interrupt::abort);
  if (listener_) listener_->on_abort();
  if (work_) work_->cancel.emit(asio::cancellation_type::terminal);
}

void connection::on_sweep(clock::time_point at, bool look) {
  const auto doing = now();
  // In these nothing may wait for the socket, so that a reset is an event for nobody.
  const bool unheard =
      doing == phase::handler || doing == phase::answer || doing == phase::stream || doing == phase::websocket;
  if (look && unheard && peer_is_gone()) return abandon(client_gone);
  if (deadline_ <= at) on_deadline(at);
}

void connection::on_deadline(clock::time_point at) {
  if (at >= grace_end_) {
    grace_end_ = clock::time_point::max();
    if (now() != phase::websocket) return give_up(grace_name_);
    owes_nothing_ = true;
    wake(interrupt::deadline);
    if (listener_) listener_->on_abort();
    return;
  }
  if (write_blocked_) {
    if (!still_moving(at)) give_up("stall_limit");
    return;
  }
  if (now() == phase::linger && unacknowledged() > 0) {
    if (!still_moving(at)) return give_up("stall_limit");
    if (draining()) set_deadline(at + acknowledgement_poll);
    return;
  }
  wake(interrupt::deadline);
}

void connection::on_announce(clock::time_point at) {
  const auto& plan = worker_.drain().plan();
  switch (now()) {
    case phase::fresh:
    case phase::idle:
      set_deadline(at + plan.idle_grace);
      break;
    case phase::head:
      set_deadline(std::min(deadline_, at + plan.header_grace));
      break;
    case phase::stream:
      limit_to(plan.stream_grace, "stream_grace", at);
      break;
    case phase::websocket:
      limit_to(plan.websocket_grace, "websocket_grace", at);
      break;
    case phase::linger:
      set_deadline(at);
      break;
    case phase::body:
    case phase::handler:
    case phase::answer:
      break;  // runs to the end
  }
  if (write_blocked_) start_watching_writes(at);  // by the stop's stall limit from here on
  if (listener_) listener_->on_draining();
}

void connection::on_hard_cancel() {
  const auto at = now();
  if (at != phase::head && at != phase::body && at != phase::handler) return;
  wake(interrupt::hard_cancel);
  if (work_) work_->cancel.emit(asio::cancellation_type::terminal);
}

void connection::on_abort(const char* why) { give_up(why); }

void connection::on_room_wanted() {
  makes_room_ = true;
  if (now() == phase::fresh || now() == phase::idle) return wake(interrupt::deadline);
  if (now() != phase::linger) return give_up("no room for more connections");
  aborted_ = true;
  wake(interrupt::abort);
}

}  // namespace sundown::http::detail
