#pragma once

#include "base/blocked_signals.hpp"

#include <sundown/error.hpp>

#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <pthread.h>

namespace sundown::base {

/// Starts a thread with all signals blocked, under a name of at most 15 characters (pthread_setname_np(3)); a longer
/// one is cut. Throws startup_error if the system allows no more threads.
template <class Main>
std::thread start_thread(const std::string& name, Main main) {
  const blocked_signals inherited;
  try {
    std::thread started(std::move(main));
    pthread_setname_np(started.native_handle(), name.substr(0, 15).c_str());
    return started;
  } catch (const std::system_error& e) {
    throw startup_error("cannot start the thread '" + name + "': " + e.code().message() +
                        "; allow more (ulimit -u, TasksMax= in a systemd unit, pids.max of the container), or "
                        "configure fewer (http.workers, storage.blocking.threads)");
  }
}

}  // namespace sundown::base
