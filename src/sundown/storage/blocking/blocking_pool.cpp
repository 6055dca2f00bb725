#include <sundown/blocking.hpp>

#include "base/start_thread.hpp"
#include "log/failure.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace sundown {

blocking_pool::blocking_pool(const blocking_config& config, const std::string& thread_name)
    : gate_(std::max(config.threads, 1U) + config.queue) {
  const auto count = std::max(config.threads, 1U);
  members_.reserve(count);
  try {
    for (unsigned i = 0; i < count; ++i) {
      members_.push_back(base::start_thread(thread_name + '-' + std::to_string(i), [this] { serve_calls(); }));
    }
  } catch (...) {  // no more threads to be had: end those that run, or their destructor ends the process
    context_.stop();
    join();
    throw;
  }
}

/// A call that throws is answered with that; this is for what is thrown around it, such as where there is no memory for
/// the answer, and by what runs here with nobody waiting.
void blocking_pool::serve_calls() noexcept {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (...) {
      log::report_failure("a call that blocks", std::current_exception());
    }
  }
}

error blocking_pool::reason() noexcept {
  try {
    return {errc::unavailable, log::describe(std::current_exception())};
  } catch (...) {                             // where memory is short there may be none for the text either
    return {errc::unavailable, "no memory"};  // so short that it needs none
  }
}

blocking_pool::~blocking_pool() {
  context_.stop();
  join();
}

void blocking_pool::join() {
  open_.reset();  // run() returns once the queue is empty
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

}  // namespace sundown
