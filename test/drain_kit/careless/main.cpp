// A server that stops carefully but for one fault: careless-server PORT FAULT. That the drain kit finds each of them.
#include "drain_kit/careless/connection.hpp"
#include "drain_kit/careless/listener.hpp"

#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <thread>

namespace careless {
namespace {

/// Counts the connections, which end in threads of their own.
class crowd {
 public:
  void add(int socket, const stop_state& stop) {
    {
      const std::lock_guard lock(mutex_);
      ++count_;
    }
    std::thread([this, socket, &stop] {
      connection(socket, stop).serve();
      const std::lock_guard lock(mutex_);
      --count_;
      changed_.notify_all();
    }).detach();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// A process of its own that outlives this one; with the listener, if it inherits that.
void leave_child() {
  if (::fork() != 0) return;
  for (;;) ::pause();
}

int run(std::uint16_t port, fault how) {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  if (how == fault::signal_lost_at_start) ::signal(SIGTERM, SIG_IGN);
  std::this_thread::sleep_for(100ms);  // as long as others take to read their configuration
  if (how == fault::exits_at_once) {
    ::signal(SIGTERM, SIG_DFL);
  } else if (how == fault::ignores_signal) {
    ::signal(SIGTERM, SIG_IGN);
  } else {
    ::sigprocmask(SIG_BLOCK, &term, nullptr);
    if (how == fault::signal_lost_at_start) ::signal(SIGTERM, SIG_DFL);
  }
  static stop_state stop(how);
  static crowd all;
  listener door(port, how != fault::no_reuse);
  if (how == fault::leaves_child) {
    if (::fork() == 0) {
      door.close();
      for (;;) ::pause();
    }
  }
  if (how == fault::keeps_port) leave_child();
  std::thread([&term] {
    int number = 0;
    ::sigwait(&term, &number);
    if (stop.has(fault::second_signal_kills)) {
      ::signal(SIGTERM, SIG_DFL);
      ::pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
    }
    stop.begin();
    for (;;) ::pause();
  }).detach();
  while (const int socket = door.accept(stop.event())) all.add(socket, stop);
  // A balancer hears of the stop by its probes, before the door is closed.
  const auto closing = clock::now() + 150ms;
  while (const int socket = door.accept_until(closing)) all.add(socket, stop);
  if (how != fault::resets_queue) {
    door.let_nobody_in();
    while (const int socket = door.accept_waiting()) all.add(socket, stop);
  }
  if (how != fault::keeps_port) door.close();
  all.wait();
  std::fflush(nullptr);
  ::_exit(0);
}

}  // namespace
}  // namespace careless

int main(int argc, char** argv) {
  const auto& known = careless::faults();
  if (argc != 3 || !known.contains(argv[2])) {
    std::fputs("careless-server PORT FAULT\n", stderr);
    for (const auto& [name, which] : known) std::fprintf(stderr, "  %s\n", name.c_str());
    return 2;
  }
  try {
    return careless::run(static_cast<std::uint16_t>(std::stoi(argv[1])), known.at(argv[2]));
  } catch (const std::exception& e) {
    std::fprintf(stderr, "careless-server: %s\n", e.what());
    return 1;
  }
}
