#pragma once

#include <sundown/log.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace spdlog {
class async_logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace sundown::log {

/// The queue and the thread behind it: spdlog's asynchronous logger on one file descriptor, and the books that say
/// which lines are lost: those that a full queue has dropped, and those that the descriptor did not take whole (its
/// disk is full, its reader is gone).
///
/// A line says how many are lost once writing works again. It and every line after a torn one begin a line of their
/// own.
/// Memory is bounded: `queue` entries, and no more bulk (access lines) once `bulk_limit` bytes wait.
/// Thread safety: put() and dropped() from any thread. drain() while nobody puts; unsaid() after it.
/// Lifetime: the destructor joins the thread and is only for a drained writer. One that is not must be left behind.
class writer {
 public:
  static constexpr std::size_t default_queue = 4096;
  static constexpr std::size_t default_bulk_limit = 16 << 20;
  static constexpr std::size_t vital_limit = 64 << 10;

  writer(int fd, format how, std::size_t queue = default_queue, std::size_t bulk_limit = default_bulk_limit);
  ~writer();
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  /// `vital`: one line that somebody must read; if it can't be written, unsaid() has it.
  enum class priority { event, bulk, vital };
  /// Queues `lines` whole lines. Never blocks on the descriptor.
  void put(std::string_view text, std::uint32_t lines, priority how);

  /// Waits until all is written. False once nothing was written for `patience`, and at the limit.
  bool drain(std::chrono::milliseconds patience, std::chrono::milliseconds limit);

  /// Lines lost so far, for whatever reason.
  std::uint64_t dropped() const;

  /// What the descriptor did not take and somebody must read: how many lines are lost, where no line could say so, and
  /// the vital ones among them, of many the latest.
  std::string unsaid() const;

 private:
  class sink;
  struct entry {
    std::uint32_t lines = 0;
    std::size_t bytes = 0;
  };

  void remember(std::string_view vital);
  void write(std::string_view text);
  std::size_t deliver(std::string_view text);
  bool tell_losses();
  std::string loss_line(std::uint64_t lines) const;
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
  std::string vital_;  ///< lines of that priority until they are written

  // The thread's own.
  bool torn_ = false;     ///< the descriptor has taken a part of a line
  bool failing_ = false;  ///< the last line was not taken

  std::shared_ptr<spdlog::details::thread_pool> pool_;  // after the books: its thread uses them to its end
  std::shared_ptr<spdlog::async_logger> logger_;
};

/// Starts the process's log on another descriptor than stdout. start() is this with fd 1.
void start_on(int fd, const options& how, std::size_t queue = writer::default_queue);

/// Hands whole lines to the process's log.
void submit(std::string_view text, std::uint32_t lines, writer::priority how);

format current_format() noexcept;

}  // namespace sundown::log
