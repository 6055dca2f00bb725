#pragma once

#include <csignal>

#include <pthread.h>

namespace sundown::lifecycle {

/// While it exists, all signals are blocked in this thread and in the threads that it starts: signals are for the
/// control thread only.
class blocked_signals {
 public:
  blocked_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;
  ~blocked_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace sundown::lifecycle
