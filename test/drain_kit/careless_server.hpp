#pragma once

#include "support/testing.hpp"

#include <sys/types.h>

namespace sundown::test {

/// A server as many are: it answers GET correctly, on kept connections, and at SIGTERM it ends at once, whatever is
/// under way. A process of its own, killed at the latest with the object. Make it before any thread is started.
class careless_server {
 public:
  careless_server();
  careless_server(const careless_server&) = delete;
  careless_server& operator=(const careless_server&) = delete;
  ~careless_server();

  const endpoint& where() const { return where_; }
  pid_t pid() const { return pid_; }

 private:
  endpoint where_;
  pid_t pid_ = -1;
};

}  // namespace sundown::test
