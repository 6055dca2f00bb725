#pragma once

#include <sundown/detail/call_gate.hpp>
#include <sundown/mongodb.hpp>

#include "storage/mongodb/state.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace sundown::mongodb {

/// How the end of the pool went: the server was told that the sessions are over; nobody was there to be told; the
/// server was silent for as long as the driver waits. An answer that refuses is one: it was told.
enum class close_result { closed, omitted, unanswered };

/// Owns the driver's pool of connections, on a thread of its own, from its creation to its destruction.
///
/// The thread also prepares the deployment and tells the listener, so that both happen in order and never inside the
/// driver's callbacks. Destroying the driver's pool ends the server's sessions and may take as long as an operation, or
/// as the driver's search for a server.
/// Thread safety: any thread. Lifetime: shared with the thread; a borrowed connection is given back before async_end().
class pool_thread {
 public:
  /// `borrowers`: how many connections are lent at a time, so that the pool has enough, unless the URI limits it.
  /// Throws startup_error.
  static std::shared_ptr<pool_thread> start(const options& configured, std::size_t borrowers, listener tell,
                                            preparation prepare);
  pool_thread(const pool_thread&) = delete;
  pool_thread& operator=(const pool_thread&) = delete;
  ~pool_thread();

  /// The last call of the owner: ends the thread and waits a moment for it; one that is still in the driver then is
  /// left behind, without its listener.
  void leave();

  /// Of the calls; held while preparing too, so that nothing reaches a server once it is shut.
  sundown::detail::call_gate& gate() noexcept { return gate_; }
  const std::string& server() const noexcept;
  const trace::database_address& traced_as() const noexcept;

  /// Why no operation should be tried; nothing while one may succeed.
  std::optional<error> down() const;

  /// A connection for one call, which has until then, or `busy`.
  result<std::unique_ptr<connection>> borrow(connection::time_point until);
  void give_back(std::unique_ptr<connection> used);

  /// As client::wait_up.
  std::string wait_up(bool patient, const std::function<bool()>& give_up);

  /// Destroys the pool; completes with result<void> when that is done, or at once where the server is known to be lost:
  /// then the thread ends by itself. Obeys cancellation.
  template <class Token>
  auto async_end(asio::any_io_executor fallback, Token&& token) {
    ask_to_end();
    return alive_.async_empty(std::move(fallback), std::forward<Token>(token));
  }
  bool ended() const { return alive_.inside() == 0; }
  /// Once it has ended.
  close_result closed_how() const noexcept { return closed_how_; }

 private:
  struct callbacks;
  struct driver;
  enum class told { nothing, down, up };

  pool_thread(const options& configured, std::size_t borrowers, listener tell, preparation prepare);

  void main(sundown::detail::call_gate::pass alive) noexcept;
  void run();
  void end_pool(sundown::detail::call_gate::pass alive);
  close_result how_closed() const;
  bool tell(std::unique_lock<std::mutex>& lock);
  void prepare(std::unique_lock<std::mutex>& lock);
  void change(const std::function<void(deployment_state&)>& by);
  void ask_to_end();

  const options configured_;
  const listener listener_;
  const preparation prepare_;
  sundown::detail::call_gate gate_;
  std::unique_ptr<driver> driver_;
  mutable std::mutex mutex_;  // guards what follows, up to `telling_`
  std::condition_variable changed_;
  deployment_state state_;
  told told_ = told::nothing;
  std::string told_why_;
  bool ending_ = false;
  bool ended_ = false;
  bool telling_ = false;  // the listener is being called
  std::atomic<bool> down_{false};
  std::atomic<bool> reached_{false};  // a server has taken writes before
  std::atomic<bool> ending_pool_{false};
  close_result farewell_ = close_result::closed;  // what the server made of endSessions; the thread's own
  std::atomic<close_result> closed_how_{close_result::closed};
  sundown::detail::call_gate alive_;
  std::thread thread_;
};

}  // namespace sundown::mongodb
