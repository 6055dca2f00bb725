#pragma once

#include <sundown/testing/unique_fd.hpp>

#include <exception>
#include <optional>
#include <string>
#include <thread>

namespace sundown::testing::drain_kit {

/// A container's network, as far as its stop goes: two network namespaces of our own with a cable (veth(4)) between
/// them. The thread that makes it is in the outer one from then on, and so are the threads that it starts; a server is
/// started in the inner one. From the outer one 127.0.0.1 is the inner one's, so that a server is reached whatever
/// address it listens on. The machine's own network has no part in it: nothing can be left behind there, and all that
/// was made goes with its last thread and process, however these end.
class private_network {
 public:
  /// Throws std::system_error: it needs CAP_SYS_ADMIN.
  private_network();
  private_network(const private_network&) = delete;
  private_network& operator=(const private_network&) = delete;

  /// For setns(2).
  int inside() const { return inside_.get(); }
  /// The server has been started: nobody else is to keep its namespace.
  void hand_over() { inside_.reset(); }
  /// Takes the cable away, as container engines do once a container's first process has ended.
  void cut();

  /// Why this machine, or this user, can't have one.
  static std::optional<std::string> lacking();

 private:
  unique_fd inside_;
  bool cut_ = false;
};

/// Runs it on a thread of its own, which may change its namespaces; what it throws is thrown on.
template <class Run>
void on_own_thread(Run run) {
  std::exception_ptr fault;
  std::thread([&] {
    try {
      run();
    } catch (...) {
      fault = std::current_exception();
    }
  }).join();
  if (fault) std::rethrow_exception(fault);
}

}  // namespace sundown::testing::drain_kit
