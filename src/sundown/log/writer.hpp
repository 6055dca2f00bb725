#pragma once

#include <sundown/log.hpp>

#include <boost/circular_buffer.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace spdlog {
class logger;
}

namespace sundown::log {

/// A bounded queue of lines, one thread behind it that gives them to a logger of spdlog, and that logger's sink on one
/// file descriptor. It counts the lines that are lost: those that a full queue drops, the oldest first, and those that
/// the descriptor does not take whole (its disk is full, its reader is gone).
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
    std::string text;
    std::uint32_t lines;
  };

  void run();
  void remember(std::string_view vital);
  void write(std::string_view text);
  std::size_t deliver(std::string_view text);
  bool tell_losses();
  std::string loss_line(std::uint64_t lines) const;

  const int fd_;
  const format format_;
  const std::size_t bulk_limit_;
  const std::unique_ptr<spdlog::logger> logger_;  ///< the thread's own

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  boost::circular_buffer<entry> queue_;
  bool writing_ = false;           ///< the thread has an entry in its hands
  bool ending_ = false;            ///< the thread is to end once the queue is empty
  std::uint64_t written_ = 0;      ///< entries that the thread is done with
  std::size_t waiting_bytes_ = 0;  ///< in the queue and in the thread's hands
  std::uint64_t dropped_lines_ = 0;
  std::uint64_t reported_lines_ = 0;
  std::chrono::steady_clock::time_point reported_at_{};
  std::string vital_;  ///< lines of that priority until they are written

  // The thread's own.
  bool torn_ = false;     ///< the descriptor has taken a part of a line
  bool failing_ = false;  ///< the last line was not taken

  std::thread thread_;  // last: it uses all of the above
};

/// Starts the process's log on another descriptor than stdout. start() is this with fd 1.
void start_on(int fd, const options& how, std::size_t queue = writer::default_queue);

/// Hands whole lines to the process's log.
void submit(std::string_view text, std::uint32_t lines, writer::priority how);

format current_format() noexcept;

}  // namespace sundown::log
