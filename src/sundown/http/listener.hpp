#pragma once

#include "http/descriptor_reserve.hpp"
#include "http/drain_state.hpp"
#include "http/endless_loop.hpp"
#include "http/unix_socket.hpp"
#include "http/worker_io.hpp"

#include <sundown/task.hpp>

#include <boost/scope/unique_fd.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace sundown::http::detail {

/// What an error of accept(2) says of the listening socket.
enum class accept_fault : std::uint8_t {
  of_the_client,  ///< this connection only: the next one may be fine
  shortage,       ///< of descriptors or memory: it passes
  lost,           ///< the socket will never accept again
};
accept_fault kind_of_accept_error(int number) noexcept;

/// Accepts connections and closes the listening socket without resetting any.
///
/// close() of a listening socket resets every connection whose handshake the kernel has completed and the process has
/// not accepted. Accepting until the queue is empty first does not end under load. So: a packet filter drops new SYNs,
/// the handshakes under way complete, the queue is emptied, then the socket is closed. A client whose SYN was dropped
/// sends it again after a second and is refused, or reaches the successor.
///
/// Of a unix socket the file is removed first, by the server; then shutdown(2) refuses whoever still comes, and lets
/// those in the queue be accepted.
///
/// A socket that another process has too (systemd, the successor in an upgrade) is left as it is: the filter would make
/// the other deaf as well, and the queue is not lost with our descriptor. Then close() only stops accepting.
///
/// Shortages (no file descriptor, no memory, or a reserve of either that is reached) back off instead of spinning, and
/// are logged once in ten seconds. A stop uses the reserve too. Where the reserve does not suffice, the stop waits
/// until connections that end make room, at most until halfway between the hard cancel and the drain's end.
class listener {
 public:
  struct surroundings {
    /// No more connections for now.
    std::function<bool()> full;
    /// Called while so many clients wait in the queue and none can be accepted: asks connections that can be spared to
    /// end. How many end. An empty function: clients wait until a connection ends by itself.
    std::function<std::size_t(std::size_t clients)> make_room;
    /// A client's socket, which is non-blocking.
    std::function<void(boost::scope::unique_fd)> on_accept;
    /// Called once, with the reason, when the socket will never accept again.
    std::function<void(std::string)> on_lost;
  };

  listener(worker_acceptor acceptor, listener_kind kind, const drain_state& drain, std::size_t spare_descriptors)
      : drain_(drain),
        kind_(kind),
        reserve_(spare_descriptors),
        acceptor_(std::move(acceptor)),
        unix_(is_unix(acceptor_.native_handle())),
        pause_(acceptor_.get_executor()) {}

  /// While the server is full, or a shortage lasts, clients wait in the kernel's queue. Call room_again() when that may
  /// have changed.
  void start(surroundings around);
  listener_kind kind() const noexcept { return kind_; }
  void room_again() {
    if (pausing_) pause_.cancel();
  }
  /// Starts accepting again if an exception has ended it.
  void revive() noexcept;
  /// What a close does for clients on their way in. `all`: waits for handshakes under way, and for room. `few`: accepts
  /// the clients in the queue and waits for no other, for a listener on a thread that has other work.
  enum class patience : std::uint8_t { all, few };
  /// Completes when the socket is closed. Later calls do nothing. Returns how many clients were in the queue and could
  /// not be accepted: their connections are reset.
  task<std::size_t> close(patience how);

  clock::time_point last_accepted() const noexcept {
    return clock::time_point(clock::duration(last_accepted_.load(std::memory_order_relaxed)));
  }
  /// Connections accepted since close() began.
  std::size_t swept() const noexcept { return swept_.load(std::memory_order_relaxed); }

 private:
  task<> accept_loop();
  /// Why no connection should be accepted now, though there may be one; null if nothing is in the way.
  const char* obstacle(clock::time_point now);
  /// Clients wait, if there are any, for what is in their way. False: the socket accepts no more.
  task<bool> await_room(std::string obstacle);
  /// Waits for a client in the queue; false: the wait was cancelled.
  task<bool> somebody_waits();
  /// Takes one connection out of the queue; would_block: the queue is empty. An exception counts as a shortage.
  boost::system::error_code accept_one(clock::time_point now) noexcept;
  void accepted(boost::scope::unique_fd socket, clock::time_point now);
  void give_up(const boost::system::error_code& why);
  void warn_seldom(const char* event, const std::string& why);
  /// Waits for room_again(), at most for that time.
  task<> pause(clock::duration most);
  void refuse_new_clients();
  /// Drops new handshakes and accepts the clients in the queue. Returns how many clients could not be accepted.
  task<std::size_t> let_in_who_waits(patience how);
  task<> complete_handshakes();
  void end_accept_loop();
  /// Accepts the connections in the queue. would_block: the queue is empty.
  boost::system::error_code sweep_queue();

  const drain_state& drain_;
  const listener_kind kind_;
  descriptor_reserve reserve_;
  worker_acceptor acceptor_;
  const bool unix_;  ///< and not of TCP
  worker_timer pause_;
  surroundings around_;
  endless_loop loop_{"accepting connections"};
  std::atomic<clock::rep> last_accepted_{0};
  std::atomic<std::size_t> swept_{0};
  clock::time_point next_warning_{};
  bool pausing_ = false;
  bool closing_ = false;
  bool sweeping_ = false;  ///< close() accepts now, not the accept loop
  bool lost_ = false;
};

}  // namespace sundown::http::detail
