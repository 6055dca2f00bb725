#include "storage/blocking_pool.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <csignal>

#include <pthread.h>

namespace sundown::storage {

namespace {

/// Threads inherit the mask of their creator: signals belong to the control plane alone, but for a bus error, which is
/// the thread's own and has a handler (see sqlite_bus.hpp).
class all_signals_blocked {
 public:
  all_signals_blocked() {
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~all_signals_blocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  all_signals_blocked(const all_signals_blocked&) = delete;
  all_signals_blocked& operator=(const all_signals_blocked&) = delete;

 private:
  sigset_t before_;
};

constexpr std::size_t thread_name_limit = 15;  // of the kernel; longer ones are refused, not cut

}  // namespace

// thread_pool(0): it starts no threads of its own, since those could be neither masked nor named; ours join it.
blocking_pool::blocking_pool(const blocking_config& config, const std::string& thread_name)
    : gate_(std::max(config.threads, 1U) + config.queue), threads_(0) {
  all_signals_blocked blocked;
  const auto count = std::max(config.threads, 1U);
  members_.reserve(count);
  try {
    for (unsigned i = 0; i < count; ++i) {
      members_.emplace_back([this] { threads_.attach(); });
      const auto name = (thread_name + '-' + std::to_string(i)).substr(0, thread_name_limit);
      pthread_setname_np(members_.back().native_handle(), name.c_str());
    }
  } catch (...) {  // no more threads to be had: end those that run, or their destructor ends the process
    threads_.stop();
    join();
    throw;
  }
}

blocking_pool::~blocking_pool() {
  threads_.stop();
  join();
}

void blocking_pool::join() {
  threads_.join();  // takes away the pool's own work, by which attach() returns once the queue is empty
  for (auto& member : members_) {
    if (member.joinable()) member.join();
  }
}

asio::awaitable<void> blocking_pool::close() {
  gate_.shut();
  const result<void> empty = co_await gate_.async_empty(executor(), asio::use_awaitable);
  if (!empty) throw boost::system::system_error(asio::error::operation_aborted, "calls are still running");
  join();  // does not block: the last call has returned, the threads have nothing left to do
}

}  // namespace sundown::storage
