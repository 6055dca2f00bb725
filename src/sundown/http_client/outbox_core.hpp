#pragma once

#include "base/seldom.hpp"
#include "http_client/delivery.hpp"

#include <sundown/detail/call_gate.hpp>
#include <sundown/http_client.hpp>
#include <sundown/http_client/outbox.hpp>
#include <sundown/task.hpp>
#include <sundown/trace/tracer.hpp>
#include <sundown/uuid7.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace sundown::http_client {

/// What belongs to the outbox's thread: rounds of claiming turns, delivering their events and settling them, one round
/// at a time. What other threads touch says so.
struct outbox::core {
  core(client& to, outbox_store& from, const outbox_settings& given, const trace::tracer* tracer);

  void start();
  /// No more turns after `patience`, and then no call either; after twice that the store is waited for no longer. Any
  /// thread.
  void stop(std::chrono::milliseconds patience);
  /// Joins the thread, which ends with its rounds.
  void end();
  /// An event has been written: a round is worth its while. Any thread.
  void wake();

  /// All rounds, until stop().
  task<void> run();

  client& calls;
  outbox_store& store;
  const outbox_settings how;
  const trace::tracer* const traces;     ///< nullptr: none
  const std::optional<std::string> key;  ///< the bytes of the secret

  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
  detail::call_gate gate;  // run() is inside

  std::atomic<bool> woken{false};  // any thread, as the next ones
  std::atomic<std::uint64_t> delivered{0}, failed{0}, subjects{0};
  std::atomic<std::int64_t> oldest_ms{0};  ///< since the Unix epoch; 0: nothing waits
  std::atomic<std::size_t> under_way{0};

 private:
  using clock = std::chrono::steady_clock;
  static constexpr std::size_t lanes = 8;  ///< calls at a time

  /// Returns the pause before the next one.
  task<std::chrono::milliseconds> round();
  task<void> deliver_all();
  task<void> serve_lane();
  task<void> deliver(std::size_t place);
  /// Of an attempt, below the span in which the event was written.
  trace::span begin_span(const outbox_event& event, request& post) const;
  void learn(outbox_outcome& of, const outbox_event& event, const judgement& what);
  void tell(const outbox_event& event, const judgement& what);
  task<void> look();
  task<void> pause_for(std::chrono::milliseconds span);
  /// Where nothing is due: until a pause of a subject ends that this process knows of, or the store is looked at again.
  std::chrono::milliseconds idle_pause() const;
  bool may_begin() const;

  asio::steady_timer pause_{context}, lanes_done_{context}, patience_{context};
  std::array<asio::cancellation_signal, lanes> signals_;
  asio::cancellation_signal rounds_;  ///< cancels run(), and what it waits for
  uuid7_generator holders_;
  std::minstd_rand random_{std::random_device{}()};

  std::vector<outbox_outcome> outcomes_;  ///< of this round
  std::size_t next_ = 0;                  ///< the first of them that no lane has taken
  std::size_t running_ = 0;               ///< lanes
  bool begun_ = false;                    ///< a delivery in this round
  clock::time_point last_begin_;          ///< of one but the first: it must end within the lease
  bool stuck_ = false, gave_up_ = false;  ///< in this round: the receiver is away or gone, we have given up a call

  std::uint64_t failures_ = 0;                ///< of the receiver, since its last success
  std::chrono::milliseconds retry_after_{0};  ///< as it has said with the last of them
  bool gone_ = false, stopping_ = false, given_up_ = false, told_ = false;
  clock::time_point last_claim_ = clock::time_point::max();  ///< none later, since we stop
  clock::time_point next_look_{};
  std::multiset<clock::time_point> pauses_end_;  ///< the earliest of subjects that were tried in vain
  base::seldom away_told_, refusal_told_, store_told_;
};

}  // namespace sundown::http_client
