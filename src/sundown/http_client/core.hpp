#pragma once

#include "http_client/exchange.hpp"
#include "http_client/pool.hpp"

#include <sundown/detail/call_gate.hpp>
#include <sundown/detail/pending_answer.hpp>
#include <sundown/http_client.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sundown::http_client {

/// A call under way: its time limit, its cancellation, its name, its place in the gate.
/// Thread safety: the client's thread, but for what is const.
class call : public std::enable_shared_from_this<call> {
 public:
  using clock = std::chrono::steady_clock;

  call(asio::io_context& context, ready_request given, detail::call_gate::pass inside, const settings& how);

  /// From now on it has the time that it has as a whole, or for its next piece.
  void restart_clock();
  void stop_clock() { timer_.expires_at(clock::time_point::max()); }
  /// Whoever calls it holds the call: what is cancelled may end at once.
  void cancel() {
    given_up_ = true;
    how_far.give_up();
    signal_.emit(asio::cancellation_type::terminal);
  }
  /// It goes no further than it is. Gives the detail of its caller's error. Any thread.
  std::string give_up();
  asio::cancellation_slot slot() noexcept { return signal_.slot(); }

  /// What its caller is told of an outcome: that its time was over, or that it was given up, whatever came of that.
  template <class T>
  result<T> settled(const std::exception_ptr& thrown, result<T> outcome) {
    if (!thrown && (outcome || !given_up_)) return outcome;
    return failure(thrown);
  }
  /// It has ended: the gate is free for another one.
  void leave() noexcept {
    stop_clock();
    inside_.leave();
  }

  ready_request ready;
  progress how_far;
  const std::string name;
  const clock::time_point begun = clock::now();

 private:
  error failure(const std::exception_ptr& thrown);

  asio::steady_timer timer_;
  asio::cancellation_signal signal_;
  detail::call_gate::pass inside_;
  const std::chrono::milliseconds limit_;  ///< of the call, or of each piece; the request's deadline may come before
  const int connections_;
  bool given_up_ = false, late_ = false;
};

/// What belongs to the client's thread. What other threads touch says so.
struct client::core : std::enable_shared_from_this<client::core> {
  explicit core(settings given);

  void start();
  void run();
  /// Cancels what is under way, awaits its end, ends the thread.
  void end();
  asio::awaitable<result<answer>> send_whole(std::shared_ptr<call> mine);
  /// Books the end of a call.
  void ended(call& which, const result<void>& outcome);

  /// Those under way. Any thread.
  std::vector<std::shared_ptr<call>> calls() const;
  /// ": GET https://shop.example/prices, ...", or "". Any thread.
  std::string names() const;
  std::shared_ptr<call> new_call(ready_request ready, detail::call_gate::pass inside);
  /// What cancels a call, and gives the detail of its caller's error. Any thread.
  std::function<std::string()> canceling(const std::shared_ptr<call>& which);

  const settings how;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::ssl::context tls{asio::ssl::context::tls_client};
  std::optional<dialer> dials;
  std::optional<pools> all;
  asio::steady_timer sweep_timer{context};
  std::function<void(const ended_call&)> on_end;
  bool finished = false;
  std::size_t running = 0;  ///< coroutines: they use all of the above

  std::thread thread;
  std::atomic<std::uint64_t> retried{0};  // any thread
  mutable std::mutex mutex;               // guards the list
  std::list<std::weak_ptr<call>> under_way;

 private:
  void sweep();
};

}  // namespace sundown::http_client
