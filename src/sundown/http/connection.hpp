#pragma once

#include "http/client_gone.hpp"
#include "http/session_status.hpp"
#include "http/transport.hpp"

#include <sundown/task.hpp>

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace sundown::http::detail {

struct exchange;
struct worker_parts;

/// Why a connection ends, and how; a later one replaces an earlier one, never the other way round.
enum class fate : std::uint8_t {
  goes_on,
  last_answer,  ///< in order, once the answer at hand, if there is one, is written whole
  peer_gone,    ///< nothing more can be read or written
  given_up,     ///< a limit, the stop, or half an answer that can't be completed: with a RST
};

/// Links connections into their worker's registry without an allocation.
using registry_hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>;

/// The protocol that a connection carries, as the connection's own events reach it.
class protocol {
 public:
  /// Handlers that run are to end: the hard cancel, or the connection is given up.
  virtual void cancel_handlers() = 0;
  /// The client is gone: so are handlers, but those that are to run on.
  virtual void on_client_gone() = 0;
  /// Nobody waits for the connection any more: what it was doing is booked.
  virtual void on_finish() = 0;
  /// The request that is under way; nullptr if there is none, or not one alone.
  virtual const exchange* under_way() = 0;
  /// Calls it with each request that is under way.
  virtual void for_each_request(const std::function<void(const exchange&)>& call) {
    if (const auto* current = under_way()) call(*current);
  }

  // Of a protocol that carries many requests at a time, each with limits of its own (connection::carry).
  virtual void on_announce(clock::time_point) {}
  virtual void on_hard_cancel() {}
  /// The connection's deadline has passed, which may have been for any of them: sets the next one.
  virtual void on_deadline(clock::time_point) {}
  /// The time of the handler that runs is over (set_run_end).
  virtual void on_run_end(clock::time_point) {}
  /// The connection is given up: reports which requests are cut.
  virtual void report_cut(const char*) {}

 protected:
  ~protocol() = default;
};

/// Something of a connection that wants to hear of the stop: a pause, a WebSocket.
class soft_listener {
 public:
  virtual void on_draining() = 0;
  /// The connection is given up, or a WebSocket has had its grace.
  virtual void on_abort() {}

 protected:
  ~soft_listener() = default;
};

/// One client's connection: its transport, its deadlines, and what the stop does to it. Its end is connection_end.hpp.
///
/// Deadlines: one per connection, looked at by the worker's sweep, so that no connection needs a timer. What a passed
/// deadline means goes by the phase.
///
/// Thread safety: the worker's thread only, but for status(). Lifetime: the parts and the protocol outlive it.
class connection final : public registry_hook {
 public:
  /// `encrypted`: what the listener encrypts with; nullptr in the clear.
  connection(worker_parts& parts, boost::scope::unique_fd socket, protocol& carried,
             const encryption* encrypted = nullptr);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// The connection changes over to a protocol that carries many requests at a time.
  void carry(protocol& multiplexed) noexcept {
    protocol_ = &multiplexed;
    multiplexed_ = true;
  }
  /// And back, to be ended.
  void carry_no_more(protocol& one) noexcept {
    protocol_ = &one;
    multiplexed_ = false;
  }

  worker_parts& parts() noexcept { return parts_; }
  session_status& status() noexcept { return status_; }
  const session_status& status() const noexcept { return status_; }
  /// The peer's address, without its port; an IPv4 one is written as such.
  const std::string& remote();
  /// Whose connection it is, as the PROXY protocol says; without it the peer's address.
  const std::string& origin();
  bool is_from_proxy();
  /// The origin is a trusted proxy, too: it may speak for others.
  bool origin_is_proxy();
  bool draining() const noexcept;
  /// An answer ends it: the stop, or a client that waits for its place.
  bool is_to_end() const noexcept;

  // -- why it ends

  bool goes_on() const noexcept { return fate_ == fate::goes_on; }
  /// Nothing more can be answered.
  bool lost() const noexcept { return fate_ >= fate::peer_gone; }
  bool given_up() const noexcept { return fate_ == fate::given_up; }
  /// `why`, a literal: the reason why the request under way is not answered whole, if that is known.
  void ends(fate how, const char* why = nullptr) noexcept {
    if (how > fate_) fate_ = how;
    if (why) cut_ = why;
  }
  const char* cut_reason() const noexcept { return cut_; }
  /// The client has sent its last request (RFC 9112 §9.6) and, as far as was read, nothing behind it; its answer says
  /// by itself where it ends. `with_body`: old clients send an empty line behind one (RFC 9112 §2.2).
  void client_is_done(bool with_body) noexcept {
    client_is_done_ = true;
    if (with_body) has_read_all_ = false;
  }
  /// Gives the connection up: its work is reported as cut, a running handler is cancelled. `why` outlives it.
  void give_up(const char* why);
  /// Reports that the request under way will not be finished.
  void report_cut(const char* why);

  // -- bytes and waits

  transport& io() noexcept { return transport_; }
  /// That of the PROXY protocol, before all else, within header_timeout; in the stop, header_grace. The connection goes
  /// on if a trusted proxy has sent it whole.
  task<> read_proxy_header();
  /// That of TLS, within the same time. The connection goes on if it is done.
  task<> handshake();
  /// One read without waiting.
  transport::progress read(asio::mutable_buffer into) noexcept {
    const auto got = transport_.read(into);
    received_ += got.bytes;
    has_read_all_ = got.bytes < into.size();
    return got;
  }
  /// Until the peer takes bytes again. One that takes none within the stall limit is given up.
  task<> wait_writable();
  // The same for a protocol that waits beside its reads.
  void begin_write_wait();
  void end_write_wait() noexcept;
  /// From now on the end of its peer is heard at once while a handler runs, instead of in a sweep's look.
  void watch_peer();
  /// Bytes that it has received since its begin.
  std::uint64_t received() const noexcept { return received_; }
  /// True when the connection has gone on for so long that others come first.
  bool turn_over(clock::time_point now) noexcept;
  /// Until the connection's next turn, without a deadline but that of its grace.
  task<> next_turn();
  /// So long, or until the stop begins or the connection is given up.
  task<> pause(std::chrono::milliseconds most);
  /// Why a wait on the socket has ended without what it waited for, unless the connection is lost.
  enum class interrupt : std::uint8_t { none, deadline, hard_cancel };
  interrupt take_interrupt() noexcept { return std::exchange(interrupt_, interrupt::none); }
  /// Hears of the stop until the next call; nullptr for nobody.
  void listen(soft_listener* listener) noexcept { listener_ = listener; }
  /// A WebSocket is to end, as in the stop: it sends its close frame.
  void end_listening() {
    if (listener_) listener_->on_draining();
  }

  // -- deadlines

  clock::time_point deadline() const noexcept { return deadline_; }
  void set_deadline(clock::time_point when);
  void no_deadline() noexcept { deadline_ = std::min(grace_end_, run_end_); }
  /// When the time of the handler that runs is over, whatever else the deadlines say; of many the nearest one.
  void set_run_end(clock::time_point when);
  clock::time_point run_end() const noexcept { return run_end_; }
  /// Ends a wait for the body: its reader looks anew at what has become of its request.
  void stir_reader();
  /// From now on the connection has only that long, whatever else its deadlines say. Then it is given up, but for a
  /// WebSocket: it has had its close frame, nothing more is owed to it.
  void limit_to(std::chrono::milliseconds grace, const char* name);
  void no_grace() noexcept {
    grace_end_ = clock::time_point::max();
    no_deadline();
  }
  /// When it last did something for its peer: idleness counts from here.
  clock::time_point active_at() const noexcept { return active_at_; }
  void active(clock::time_point now) noexcept {
    nothing_unread_ = std::exchange(has_read_all_, false) && now - status_.started() < moment;
    active_at_ = now;
  }

  /// In the stop: header_grace is over, and what the peer had sent by then is answered. `unparsed`: bytes that were
  /// read and belong to no request yet.
  bool owes_no_more(std::size_t unparsed);

  // -- for its end

  /// The client needs no more of the end than a FIN: it has acknowledged the answer, and nothing that it has sent is
  /// unread, or close(2) would reset the connection.
  bool may_close_at_once() noexcept;
  /// From now on the stall limit runs. The bytes that the peer has not acknowledged.
  std::uint32_t start_watching_writes(clock::time_point now);
  /// True while the peer acknowledges bytes within the stall limit; sets the next look.
  bool still_moving(clock::time_point now);

  // -- from the worker

  /// In each sweep. `look`: find out whether a client is gone to whom nothing is being written or read.
  void on_sweep(clock::time_point now, bool look);
  void on_deadline(clock::time_point now);
  void on_announce(clock::time_point now);
  void on_hard_cancel();
  /// Ends for the sake of a new connection: between requests as at its time limit, after one more answer if a request
  /// has come by then. Where it lingers it is closed, if its peer has every byte. `at_any_price`: there with a RST
  /// else, and in a request. False if it stays.
  bool on_room_wanted(bool at_any_price);
  bool makes_room() const noexcept { return makes_room_; }
  void on_finish() { protocol_->on_finish(); }
  void for_each_request(const std::function<void(const exchange&)>& call) { protocol_->for_each_request(call); }

 private:
  /// Gives the connection up without a report: nobody loses anything.
  void abandon(const char* why);
  /// The same for a client that is gone, whose handlers may run on.
  void lose_peer();
  /// Handlers that run on though their client is gone.
  void cancel_what_is_left();
  /// In these phases nothing may wait for the socket, so that a reset is an event for nobody.
  bool hears_nothing() const noexcept;
  void await_peer_end();
  void on_peer_event(const error_code& failed);
  void wake(interrupt why);
  std::chrono::milliseconds stall_limit() const;

  /// Where the PROXY protocol says whose connection it is.
  struct announced_origin {
    std::string address;
    bool is_proxy;
  };
  enum class trust : std::uint8_t { not_asked, none, full };

  /// One more read of the header, after what was read of it before: why the connection is refused, nullptr if it isn't.
  const char* receive_proxy_header(std::string& received);
  void begin_handshake();
  void end_handshake();

  /// Whether a client sends more so shortly before close(2), or right after it, is chance.
  static constexpr std::chrono::microseconds moment{100};
  static constexpr auto not_known = std::numeric_limits<std::uint64_t>::max();

  worker_parts& parts_;
  protocol* protocol_;
  session_status status_;
  transport transport_;
  soft_listener* listener_ = nullptr;
  clock::time_point active_at_ = clock::now();
  clock::time_point deadline_ = clock::time_point::max();
  clock::time_point grace_end_ = clock::time_point::max();
  clock::time_point run_end_ = clock::time_point::max();
  clock::time_point last_progress_{};
  const char* grace_name_ = "";
  const char* cut_ = nullptr;
  std::string remote_;
  std::unique_ptr<const announced_origin> announced_;
  std::shared_ptr<connection*> watch_;  ///< of its peer: this connection, while it is there
  std::uint64_t received_ = 0;          ///< bytes
  std::uint64_t owed_ = not_known;      ///< of received_: what is answered in the stop, however much more comes
  std::uint32_t last_unacknowledged_ = 0;
  fate fate_ = fate::goes_on;
  interrupt interrupt_ = interrupt::none;
  trust peer_ = trust::not_asked;
  bool multiplexed_ = false;
  bool write_blocked_ = false;
  bool client_is_done_ = false;
  bool has_read_all_ = false;    ///< since it was active, a read has brought less than it had room for
  bool nothing_unread_ = false;  ///< when it was active, but for what had come in the last moment
  bool owes_nothing_ = false;    ///< a WebSocket that has had its grace: whatever becomes of it, nothing is cut
  bool makes_room_ = false;      ///< another client waits for its place: it lingers until its peer has every byte
};

}  // namespace sundown::http::detail
