#pragma once

#include "log/writer.hpp"
#include "support/testing.hpp"

#include <sundown/log.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace sundown::test {

/// The process's log, in the hands of the test.
class logged {
 public:
  logged() : lines_(open_pipe(write_end_)) {
    log::start_on(write_end_.get(), {log::level::error, log::format::text, true});
  }
  ~logged() { log::stop(ample, ample); }

  /// All of it, once everything that writes has ended.
  std::vector<std::string> lines() {
    log::stop(ample, ample);
    write_end_.reset();
    lines_.wait_end();
    return lines_.lines();
  }

 private:
  static unique_fd open_pipe(unique_fd& write_end) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    write_end = unique_fd(ends[1]);
    return unique_fd(ends[0]);
  }

  unique_fd write_end_;
  line_capture lines_;
};

}  // namespace sundown::test
