#pragma once

#include <sundown/error.hpp>

#include "storage/blocking/call_gate.hpp"
#include "storage/mongodb/state.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace sundown::storage {

struct mongo_connection;

struct mongo_options {
  std::string uri;
  std::chrono::milliseconds timeout{2'000};  ///< an operation, with the driver's own retry
};

/// Called with whether the deployment can be used, and why not, or what it refuses though it can; when that changes,
/// and once at the start.
using mongo_listener = std::function<void(bool up, const std::string& detail)>;
/// What is done once before the deployment counts as up, such as making indexes. Repeated each second until it works.
using mongo_preparation = std::function<result<void>(mongo_connection&)>;

/// Owns the driver's pool of connections, on a thread of its own, from its creation to its destruction.
///
/// That thread also prepares the deployment and tells the listener, so that both happen in order and never inside the
/// driver's callbacks. Destroying the pool ends the server's sessions and may take as long as an operation.
/// Thread safety: any thread. Lifetime: the gate must outlive it; whoever holds a lent connection must give it back
/// before end().
class mongo_keeper {
 public:
  /// `borrowers`: how many connections are lent at a time, so that the pool has enough, unless the URI limits it.
  /// `gate`: held while preparing, so that nothing reaches a server once it is shut. Throws startup_error.
  mongo_keeper(const mongo_options& options, std::size_t borrowers, call_gate& gate, mongo_listener listener,
               mongo_preparation prepare);
  mongo_keeper(const mongo_keeper&) = delete;
  mongo_keeper& operator=(const mongo_keeper&) = delete;
  /// Waits for the thread.
  ~mongo_keeper();

  /// Why no operation should be tried; nothing while one may succeed.
  std::optional<error> down() const;

  /// A connection for one call, or `busy`.
  result<std::unique_ptr<mongo_connection>> borrow(std::chrono::milliseconds limit);
  void give_back(std::unique_ptr<mongo_connection> used);

  /// Waits until the listener was told "up", for at most `limit`; if not `patient`, only until it is clear that it
  /// won't be at once. Returns the failure's text, or "".
  std::string wait_up(std::chrono::milliseconds limit, bool patient, const std::function<bool()>& give_up);

  /// Destroys the pool; completes with result<void> when that is done and the thread ends. Obeys cancellation.
  template <class Token>
  auto async_end(asio::any_io_executor fallback, Token&& token) {
    ask_to_end();
    return alive_.async_empty(std::move(fallback), std::forward<Token>(token));
  }
  bool ended() const { return alive_.inside() == 0; }
  /// Whether the server was told that our sessions are over: it was; nobody was there; it was silent for as long as the
  /// driver waits. Once it has ended.
  enum class goodbye { said, omitted, unanswered };
  goodbye how_it_ended() const noexcept { return goodbye_; }

 private:
  struct callbacks;
  struct driver;

  void run();
  bool tell(std::unique_lock<std::mutex>& lock);
  void prepare(std::unique_lock<std::mutex>& lock);
  void change(const std::function<void(mongo_state&)>& by);
  void ask_to_end();

  call_gate& gate_;
  const mongo_listener listener_;
  const mongo_preparation prepare_;
  std::unique_ptr<driver> driver_;
  mutable std::mutex mutex_;  // guards what follows, but for down_
  std::condition_variable changed_;
  mongo_state state_;
  bool told_up_ = false, told_down_ = false;
  std::string told_why_;
  bool ending_ = false;
  std::atomic<bool> down_{false};
  std::atomic<goodbye> goodbye_{goodbye::said};
  call_gate alive_;
  std::thread thread_;
};

}  // namespace sundown::storage
