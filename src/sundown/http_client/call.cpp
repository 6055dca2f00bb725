#include "http_client/core.hpp"
#include "http_client/message.hpp"

#include "log/failure.hpp"

#include <algorithm>
#include <string>

namespace sundown::http_client {

namespace {

/// What kept a call from being sent; "" if it was.
std::string obstacle(progress::step reached, int connections) {
  if (reached == progress::step::queued)
    return ": no connection was free (connections = " + std::to_string(connections) + ')';
  return reached == progress::step::connecting ? ": its connection was still being made" : "";
}

}  // namespace

call::call(asio::io_context& context, ready_request given, detail::call_gate::pass inside, const settings& how)
    : ready(std::move(given)),
      name(name_of(ready.what, ready.where)),
      timer_(context),
      inside_(std::move(inside)),
      limit_(ready.what.timeout.count() > 0 ? ready.what.timeout : how.timeout),
      connections_(how.connections) {}

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

std::string call::give_up() {
  how_far.give_up();
  const auto reached = how_far.reached();
  auto text = ready.where.where.text() + ": given up";
  if (reached == progress::step::none) text += " before it began";
  if (reached == progress::step::sent) text += " while under way";
  return text.append(obstacle(reached, connections_)).append(fate_of(ready.what, reached));
}

error call::failure(const std::exception_ptr& thrown) {
  const auto origin = ready.where.where.text();
  if (late_) {
    const auto reached = how_far.reached();
    const bool by_deadline = clock::now() >= ready.what.deadline;
    const auto limit = by_deadline ? "the time that the request had left" : std::to_string(limit_.count()) + " ms";
    return {errc::timed_out, origin + ": no answer within " + limit + obstacle(reached, connections_) +
                                 std::string(fate_of(ready.what, reached))};
  }
  if (given_up_) return {errc::canceled, give_up()};
  return {errc::unavailable, origin + ": " + log::describe(thrown)};
}

}  // namespace sundown::http_client
