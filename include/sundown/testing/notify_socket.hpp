#pragma once

#include <sundown/testing/clock.hpp>
#include <sundown/testing/unique_fd.hpp>

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace sundown::testing {

/// One datagram to a service manager.
struct notice {
  std::string text;  ///< "NAME=value" lines
  pid_t sender = 0;  ///< as the kernel tells it
  clock::time_point at;

  bool says(std::string_view line) const;
  /// The value of a line; empty if there is none.
  std::string value(std::string_view name) const;
};

/// The service manager's side of sd_notify(3): records what it is told, in order.
class notify_socket {
 public:
  /// `name`: a path, or an abstract name after '@', as in $NOTIFY_SOCKET.
  explicit notify_socket(std::string name);
  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;
  ~notify_socket();

  const std::string& name() const { return name_; }
  std::vector<notice> notices() const;
  /// The first one from number `from` on, come before or after the call, that the predicate accepts.
  std::optional<notice> wait_for(const std::function<bool(const notice&)>& accepts, std::size_t from = 0,
                                 milliseconds limit = ample) const;
  /// The first that has this line.
  std::optional<notice> wait_for(std::string_view line, std::size_t from = 0, milliseconds limit = ample) const;

 private:
  void run();

  const std::string name_;
  unique_fd socket_, wake_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<notice> notices_;
  std::thread thread_;
};

}  // namespace sundown::testing
