#pragma once

#include "support/testing.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace sundown::test {

/// A server that speaks enough of RESP to be connected to, and answers as the test wants: for errors that a real one
/// can't be brought to.
class redis_stub {
 public:
  redis_stub();
  redis_stub(const redis_stub&) = delete;
  redis_stub& operator=(const redis_stub&) = delete;
  ~redis_stub();

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  /// From now on every command gets this line, "-LOADING ..."; but for HELLO, unless `greeting` too.
  void answer(std::string line, bool greeting = false);
  std::size_t accepted() const { return accepted_; }

 private:
  void run();
  void accept_one();
  bool serve(int fd, std::string& input);
  std::string answer_to(const std::string& command) const;

  unique_fd listener_, wake_;
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> accepted_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::string line_ = "+OK";
  bool greeting_ = false;
  bool stop_ = false;
  std::map<int, std::pair<unique_fd, std::string>> clients_;  // the thread's: with what they have sent
  std::thread thread_;
};

}  // namespace sundown::test
