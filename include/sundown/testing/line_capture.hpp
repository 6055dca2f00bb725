#pragma once

#include <sundown/testing/clock.hpp>
#include <sundown/testing/unique_fd.hpp>

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sundown::testing {

/// Reads what a child process writes into a pipe, line by line, in a thread of its own. Bounded: past `most` bytes,
/// lines are counted and dropped.
class line_capture {
 public:
  explicit line_capture(unique_fd pipe, std::size_t most = 64 << 20);
  line_capture(const line_capture&) = delete;
  line_capture& operator=(const line_capture&) = delete;
  ~line_capture();

  /// The first line, written before or after the call, that the predicate accepts.
  std::optional<std::string> wait_for(const std::function<bool(std::string_view)>& accepts,
                                      milliseconds limit = ample) const;
  /// The first line that contains the text.
  std::optional<std::string> wait_for(std::string_view text, milliseconds limit = ample) const;
  /// True once every writer has closed its end, so that no more lines can come.
  bool wait_end(milliseconds limit = ample) const;

  std::vector<std::string> lines() const;
  /// All lines, each with its end.
  std::string text() const;
  bool contains(std::string_view part) const { return text().find(part) != std::string::npos; }

  /// Stops reading, as somebody does who no longer looks at the log: the pipe fills up and stays full.
  void pause();
  void resume();
  /// Closes the reading end: further writes fail with EPIPE.
  void close();

 private:
  enum class mode { reading, paused, closed };

  void run();
  bool read_once();
  void set(mode next);
  void append(std::string_view bytes);

  unique_fd pipe_, wake_;
  const std::size_t most_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::string partial_;
  std::size_t bytes_ = 0;
  mode mode_ = mode::reading;
  bool mode_taken_ = true, stop_ = false, ended_ = false;
  std::thread thread_;
};

}  // namespace sundown::testing
