#include "http_client/core.hpp"
#include "http_client/message.hpp"

#include "log/failure.hpp"

#include <algorithm>

namespace sundown::http_client {

call::call(asio::io_context& context, ready_request given, detail::call_gate::pass inside,
           std::chrono::milliseconds most)
    : ready(std::move(given)),
      name(name_of(ready.what, ready.where)),
      timer_(context),
      inside_(std::move(inside)),
      limit_(ready.what.timeout.count() > 0 ? ready.what.timeout : most) {}

void call::restart_clock() {
  timer_.expires_at(std::min(clock::now() + limit_, ready.what.deadline));
  // Its handler may be in the queue already when the call ends, or when the clock is set anew.
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (ec || !self || clock::now() < self->timer_.expiry()) return;
    self->late_ = true;
    self->cancel();
  });
}

error call::failure(const std::exception_ptr& thrown) const {
  const auto origin = ready.where.where.text();
  if (late_) {
    const bool unknown = !is_idempotent(ready.what.method);
    const bool by_deadline = clock::now() >= ready.what.deadline;
    const auto limit = by_deadline ? "the time that the request had left" : std::to_string(limit_.count()) + " ms";
    return {errc::timed_out,
            origin + ": no answer within " + limit + (unknown ? "; whether it was carried out is not known" : "")};
  }
  if (given_up_) return {errc::canceled, origin + ": given up while under way"};
  return {errc::unavailable, origin + ": " + log::describe(thrown)};
}

}  // namespace sundown::http_client
