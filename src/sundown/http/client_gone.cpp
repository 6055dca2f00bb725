#include "http/client_gone.hpp"

#include "http/connection.hpp"
#include "http/exchange.hpp"
#include "http/worker_parts.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace sundown::http::detail {

gone_wait::gone_wait(const exchange& current, const worker_executor& where)
    : current_(current), timer_(where, clock::time_point::max()), next_(current.gone_waits) {
  current.gone_waits = this;
}

gone_wait::~gone_wait() {
  auto** place = &current_.gone_waits;
  while (*place != this) place = &(*place)->next_;
  *place = next_;
}

task<> gone_wait::wait() {
  co_await timer_.async_wait(as_result);
  if (!current_.is_client_gone) throw boost::system::system_error(asio::error::operation_aborted);
}

task<> await_gone_client(const exchange& current) {
  if (current.is_client_gone || current.client->lost()) co_return;
  current.client->watch_peer();
  gone_wait here(current, co_await asio::this_coro::executor);
  co_await here.wait();
}

bool tell_of_gone_client(exchange& current) {
  current.is_client_gone = true;
  if (current.gone_waits != nullptr) {
    for (auto* each = current.gone_waits; each != nullptr; each = each->next_) each->timer_.cancel();
    return false;
  }
  if (!current.match) return true;
  const auto& own = current.match->options.cancel_when_gone;
  return own.value_or(current.client->parts().limits.cancel_when_gone);
}

bool watches_client(const exchange& current) noexcept {
  return current.match->options.cancel_when_gone.value_or(false);
}

}  // namespace sundown::http::detail
