#pragma once

#include <csignal>

#include <pthread.h>

namespace sundown::base {

/// While it exists, all signals are blocked in this thread and in the threads that it starts: signals are for the
/// control thread only. A bus error stays: it is the thread's own, and has a handler (storage/sqlite_bus.hpp).
class blocked_signals {
 public:
  blocked_signals() {
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;
  ~blocked_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace sundown::base
