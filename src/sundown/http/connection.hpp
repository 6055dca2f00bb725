#pragma once

#include "http/session_status.hpp"
#include "http/workspace.hpp"

#include <sundown/task.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace sundown::http::detail {

using error_code = boost::system::error_code;

class worker;

/// The kernel has no event for "all is acknowledged": while the service stops it is asked this often, while it serves
/// ever more seldom.
inline constexpr std::chrono::milliseconds acknowledgement_poll(5);
inline constexpr std::chrono::milliseconds slowest_acknowledgement_poll(1000);

/// The reason in the access log for what is not answered whole since its client went away.
inline constexpr const char* client_gone = "client";

using worker_socket = asio::basic_stream_socket<asio::ip::tcp, worker_executor>;

/// Links connections into their worker's registry without an allocation.
using registry_hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>;

/// Something of a connection that wants to hear of the stop: a pause, a WebSocket.
class soft_listener {
 public:
  virtual void on_draining() = 0;
  /// The connection is given up, or a WebSocket has had its grace.
  virtual void on_abort() {}

 protected:
  ~soft_listener() = default;
};

/// The transport half of a session: bytes in and out, deadlines, and the end of the connection.
///
/// Deadlines: one per connection, looked at by the worker's sweep, so that no connection needs a timer. What a passed
/// deadline means goes by the phase.
/// The end (RFC 9112 §9.6): half-close, then read and discard, since closing a socket with unread input sends a RST
/// that can destroy the answer in flight. While the service stops, the connection has ended only when the peer's
/// kernel has acknowledged every byte (SIOCOUTQ is 0): a container's network dies with its first process.
class connection : public session_status, public registry_hook {
 public:
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// The peer's address, without its port.
  const std::string& remote();
  clock::time_point deadline() const noexcept { return deadline_; }
  /// When it last did something for its peer.
  clock::time_point active_at() const noexcept { return active_at_; }

  // From the worker.
  /// In each sweep. `look`: find out whether a client is gone to whom nothing is being written or read.
  void on_sweep(clock::time_point now, bool look);
  void on_deadline(clock::time_point now);
  void on_announce(clock::time_point now);
  void on_hard_cancel();
  /// Gives up at once, with a RST. `why` outlives the connection.
  void on_abort(const char* why);
  /// Ends for the sake of a new connection: one that owes its peer nothing as at its time limit, one that lingers or is
  /// in a request at once.
  void on_room_wanted();
  /// Nobody waits for the connection any more: what it was doing is booked.
  virtual void on_finish() = 0;

 protected:
  /// Why a wait on the socket ended without what it waited for.
  enum class interrupt : std::uint8_t { none, deadline, hard_cancel, abort };

  connection(worker& owner, worker_socket socket);
  ~connection();

  bool draining() const noexcept;
  void set_deadline(clock::time_point when);
  void no_deadline() noexcept { deadline_ = grace_end_; }
  /// From now on the connection has only that long, whatever else its deadlines say. Then it is given up, but for
  /// a WebSocket: it has had its close frame, nothing more is owed to it.
  void limit_to(std::chrono::milliseconds grace, const char* name, clock::time_point now);
  void no_grace() noexcept { grace_end_ = deadline_ = clock::time_point::max(); }
  /// The interrupt since the last call.
  interrupt take_interrupt() noexcept { return std::exchange(interrupt_, interrupt::none); }
  bool aborted() const noexcept { return aborted_; }

  enum class read_result { some, nothing, closed };
  /// One read without waiting, into the workspace.
  read_result read_now();

  enum class write_result { done, blocked, turn_over, broken };
  /// Writes what the workspace holds, without waiting.
  write_result write_now();
  /// Writes all of it; false if the peer is gone or was given up.
  task<bool> flush();
  /// Writes the pieces without copying them; false likewise. `written` grows by the bytes that were written.
  task<bool> write_through(std::array<asio::const_buffer, 3> pieces, std::uint64_t& written);
  /// What the workspace holds and flush() has not written.
  std::size_t unwritten() const noexcept { return work_->out.size() + work_->tail.size() - work_->written; }
  /// Waits until the peer takes bytes again; false likewise.
  task<bool> wait_writable();

  /// True when the connection has gone on for so long that others come first.
  bool turn_over(clock::time_point now) noexcept;
  /// Waits for the connection's next turn, without a deadline but that of its grace; false likewise.
  task<bool> next_turn();

  /// Ends the connection; afterwards the socket is closed. `whole`: everything owed to the peer was written.
  task<> end(bool whole);
  /// Waits so long, or until the stop begins or the connection is given up.
  task<> pause(std::chrono::milliseconds most);
  /// Gives the connection up: its work is reported as cut, a running handler is cancelled.
  void give_up(const char* why);

  /// Records that the current request will not be finished.
  void report_cut(const char* why);

  worker& worker_;
  worker_socket socket_;
  clock::time_point active_at_ = clock::now();  ///< when it last did something for its peer: idleness counts from here
  std::unique_ptr<workspace> work_;
  std::uint64_t received_ = 0;  ///< by read_now()
  soft_listener* listener_ = nullptr;
  const char* cut_ = nullptr;  ///< why the request under way is not answered whole, if that is known

 private:
  enum class input { none, more, ended, broken };
  /// Reads and throws away what is there; `more`: the turn is over before all is read.
  input discard_input();
  /// Gives the connection up without a report: nobody loses anything.
  void abandon(const char* why);
  /// The peer has reset the connection. A FIN is no such thing: its answer is still owed.
  bool peer_is_gone();
  /// After the peer's FIN: waits until it has acknowledged every byte.
  task<> await_acknowledgement();
  std::size_t unacknowledged();
  /// True while the peer acknowledges bytes within the stall limit; sets the next look.
  bool still_moving(clock::time_point now);
  void start_watching_writes(clock::time_point now);
  std::chrono::milliseconds stall_limit() const;
  void wake(interrupt why);
  void reset();
  void close();

  clock::time_point deadline_ = clock::time_point::max();
  clock::time_point grace_end_ = clock::time_point::max();
  clock::time_point last_progress_{};
  const char* grace_name_ = "";
  std::string remote_;
  std::uint32_t last_unacknowledged_ = 0;
  interrupt interrupt_ = interrupt::none;
  bool aborted_ = false;
  bool write_blocked_ = false;
  bool owes_nothing_ = false;  ///< a WebSocket that has had its grace: whatever becomes of it, nothing is cut
  bool makes_room_ = false;    ///< somebody waits for its place: no lingering where that can lose nothing
};

}  // namespace sundown::http::detail
