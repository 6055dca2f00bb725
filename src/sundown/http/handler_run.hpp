#pragma once

#include "http/carrier.hpp"
#include "http/exchange.hpp"

#include <sundown/http/handler.hpp>
#include <sundown/task.hpp>

#include <exception>
#include <functional>
#include <optional>

namespace sundown::http::detail {

class connection;
struct workspace;

/// Runs the guards and the handler of the request under way, and hands what they leave to its carrier. A plain handler
/// returns at once: the protocol calls it, once the guards have passed, and settle() is its epilogue as well.
///
/// A handler runs as a coroutine of its own, so that the hard token can cancel what it waits for and leave the protocol
/// whole; so do guards and the check of a handshake. Exceptions end here: a 500 with the request's id, and the log.
/// Lifetime: of one call.
class handler_run {
 public:
  explicit handler_run(carrier& host) noexcept : host_(host), exchange_(host.current()) {}

  /// Guards first, then the handler. Afterwards the request has its answer, or is lost, or the protocol goes on: the
  /// rest of the body is to be read first, or the handler is a plain one.
  static task<> run(carrier& host);
  /// The one epilogue of all of them. `answer`: nullptr from a handler that returns none.
  void settle(const std::exception_ptr& failure, response* answer);

  // The same for HTTP/1, on the session's coroutine.
  static task<> run(connection& client, workspace& work);
  static void settle(connection& client, workspace& work, const std::exception_ptr& failure);

 private:
  task<> run_kind();
  /// Runs `call`, which returns a task, under the hard token: an awaitable of what it has thrown and what it returns.
  template <class Call>
  auto under_hard_token(Call call);
  /// The same with the epilogue.
  template <class Call>
  task<> run_handler(Call call);
  void failed(const std::exception_ptr& why);
  /// Its time is over, and there is no answer of its own.
  void timed_out();
  /// Whether that is what its client is told: not where it answers all the same, with a status below 500.
  bool is_overdue(const response* answer) const;

  /// Asks guards or a check. False if the handler is not to be called: the request is settled.
  task<bool> admitted(std::function<task<std::optional<response>>()> judge);
  /// True if the handler is to be called now.
  task<bool> pass_guards();
  task<> run_websocket(connection& client, workspace& work, const websocket_handler& handler);

  carrier& host_;
  exchange& exchange_;
};

}  // namespace sundown::http::detail
