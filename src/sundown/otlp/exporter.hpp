#pragma once

#include "base/seldom.hpp"
#include "otlp/figures.hpp"
#include "otlp/judgement.hpp"
#include "otlp/message.hpp"
#include "otlp/settings.hpp"
#include "otlp/span_queue.hpp"
#include "service/trace_provider.hpp"
#include "stop/event.hpp"

#include <sundown/http_client.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <random>
#include <thread>

namespace sundown::otlp {

/// Spans on their way to a collector: a bounded queue, and a thread that POSTs one batch after the other.
///
/// A batch leaves when it is full, or `delay` after the one before (the first: after the start). One that the collector
/// doesn't take is tried again until `export_timeout` is over; meanwhile the queue fills, and what finds no room is
/// lost. Nothing here makes a request wait.
class exporter final : public serving::trace_exporter {
 public:
  /// Throws startup_error where the system gives too little.
  exporter(settings given, const program& identity);
  ~exporter() override;

  void take(std::string_view span) noexcept override;
  trace::sampler sampler() const noexcept override { return settings_.sampler; }
  void show(metrics& among, const std::string& program_name) override { figures_.show(among, program_name); }
  asio::awaitable<void> close(const stop::budget& stop_clock) override;
  std::string waiting_for() const override;
  std::string omitted() const override;
  stop::span_counts counts() const noexcept override { return figures_.at_the_end(); }

 private:
  enum class delivery { settled, given_up };

  // On the exporter's thread.
  void run();
  asio::awaitable<void> serve();
  asio::awaitable<void> wait_for_turn();
  asio::awaitable<delivery> deliver_waiting(bool also_partial);
  asio::awaitable<delivery> deliver(batch spans);
  asio::awaitable<judgement> post(http_client::request what, std::size_t spans);
  asio::awaitable<void> rest(clock::time_point until, bool by_its_word);
  milliseconds time_for_a_try(clock::time_point limit) const;
  http_client::request request_of(std::shared_ptr<const std::string> body) const;
  void settle(const judgement& told, std::size_t spans);
  /// The stop has come while nobody was there: one try is enough.
  bool is_hopeless() const noexcept { return closing_ && was_unreachable_; }
  clock::time_point flush_end() const noexcept { return clock::time_point(clock::duration(flush_end_.load())); }

  void wake() noexcept;
  void end_thread();

  const settings settings_;
  const std::string collector_;  ///< its origin, for the log
  span_queue queue_;
  figures figures_;

  // Any thread.
  std::atomic<clock::rep> flush_end_;
  std::atomic<bool> closed_{false};

  // The exporter's thread.
  asio::io_context context_{1};
  const asio::executor_work_guard<asio::io_context::executor_type> busy_{context_.get_executor()};
  http_client::client client_;
  asio::steady_timer turn_{context_}, rest_{context_};
  asio::cancellation_signal give_up_;
  bool closing_ = false, was_unreachable_ = false;
  bool away_ = false, unreachable_ = false, told_ = false;  // the last try; whether the log has it
  bool told_of_unread_ = false;
  std::uint64_t lost_before_ = 0;
  clock::time_point not_before_{};  ///< the collector has asked not to be called until then
  std::string last_fault_;          ///< of the last try; empty: it was none
  base::seldom complaints_{std::chrono::minutes(1)}, refusals_{std::chrono::minutes(1)};
  std::minstd_rand random_;

  const stop::event ended_;
  std::string omitted_;  // the control plane's, once ended
  std::thread thread_;
};

}  // namespace sundown::otlp
