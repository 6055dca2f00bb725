#pragma once

#include <sundown/log.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace spdlog {
class async_logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace sundown::log {

/// The queue and the thread behind it: spdlog's asynchronous logger on one file descriptor, and the books that say
/// which lines a full queue has dropped.
///
/// Memory is bounded: `queue` entries, and no more bulk (access lines) once `bulk_limit` bytes wait.
/// Thread safety: put() and dropped() from any thread. drain() once, after the last put().
/// Lifetime: the destructor joins the thread and is only for a drained writer. One that is not must be left behind.
class writer {
 public:
  static constexpr std::size_t default_queue = 4096;
  static constexpr std::size_t default_bulk_limit = 16 << 20;

  writer(int fd, format how, std::size_t queue = default_queue, std::size_t bulk_limit = default_bulk_limit);
  ~writer();
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  enum class priority { event, bulk };
  /// Queues `lines` whole lines. Never blocks on the descriptor.
  void put(std::string_view text, std::uint32_t lines, priority how);

  /// Waits until all is written. False once nothing was written for `patience`, and at the limit.
  bool drain(std::chrono::milliseconds patience, std::chrono::milliseconds limit);

  std::uint64_t dropped() const;

 private:
  class sink;
  struct entry {
    std::uint32_t lines = 0;
    std::size_t bytes = 0;
  };

  void write(std::string_view text);
  bool all_written() const { return accepted_ == overrun_ + written_; }

  const int fd_;
  const format format_;
  const std::size_t bulk_limit_;

  mutable std::mutex mutex_;
  std::condition_variable drained_;
  std::vector<entry> recent_;   ///< what the last queue-full of messages held, by message number
  std::uint64_t accepted_ = 0;  ///< messages given to spdlog
  std::uint64_t overrun_ = 0;   ///< of these, dropped by it
  std::uint64_t written_ = 0;   ///< of these, written
  std::size_t waiting_bytes_ = 0;
  std::uint64_t dropped_lines_ = 0;
  std::uint64_t reported_lines_ = 0;
  std::chrono::steady_clock::time_point reported_at_{};

  std::shared_ptr<spdlog::details::thread_pool> pool_;  // after the books: its thread uses them to its end
  std::shared_ptr<spdlog::async_logger> logger_;
};

/// Starts the process's log on another descriptor than stdout. start() is this with fd 1.
void start_on(int fd, const options& how, std::size_t queue = writer::default_queue);

/// Hands whole lines to the process's log.
void submit(std::string_view text, std::uint32_t lines, writer::priority how);

format current_format() noexcept;

}  // namespace sundown::log
