#pragma once

#include "http/worker_io.hpp"

#include <sundown/task.hpp>

namespace sundown::http::detail {

struct exchange;

/// The reason in the access log for an answer that is not whole since its client went away.
inline constexpr const char* client_gone = "client";

/// A handler's wait for the end of its client, which keeps the handler from being cancelled for it.
/// Thread safety: the worker's thread only. Lifetime: within the handler's.
class gone_wait {
 public:
  gone_wait(const exchange& current, const worker_executor& where);
  gone_wait(const gone_wait&) = delete;
  gone_wait& operator=(const gone_wait&) = delete;
  ~gone_wait();

  task<> wait();

 private:
  friend bool tell_of_gone_client(exchange& current);

  const exchange& current_;
  worker_timer timer_;
  gone_wait* next_;
};

/// For request::client_gone().
task<> await_gone_client(const exchange& current);

/// The client of this request is gone: wakes who waits for that. Whether the handler is to be cancelled.
bool tell_of_gone_client(exchange& current);

/// Whether its route wants the end of a client to be heard at once, instead of with the next look at all of them.
bool watches_client(const exchange& current) noexcept;

}  // namespace sundown::http::detail
