#pragma once

#include "http/connection.hpp"
#include "http/workspace.hpp"

#include <sundown/http/handler.hpp>
#include <sundown/task.hpp>

#include <exception>
#include <functional>
#include <optional>

namespace sundown::http::detail {

/// Runs the guards and the handler of the request under way, and hands what they leave to the responder. A plain
/// handler returns at once: the session calls it, once the guards have passed, and settle() is its epilogue as well.
///
/// A handler runs as a coroutine of its own, so that the hard token can cancel what it waits for and leave the session
/// whole; so do guards and the check of a handshake. Exceptions end here: a 500 with the request's id, and the log.
/// Lifetime: of one call, on the session's coroutine.
class handler_run {
 public:
  handler_run(connection& client, workspace& work) noexcept : client_(client), work_(work), exchange_(work.current) {}

  /// Guards first, then the handler. Afterwards the request has its answer, or the connection is lost, or the session
  /// goes on: the rest of the body is to be read first, or the handler is a plain one.
  static task<> run(connection& client, workspace& work);
  /// The one epilogue of all of them. `answer`: nullptr from a handler that returns none.
  void settle(const std::exception_ptr& failure, response* answer);

 private:
  task<> run_kind();
  /// Runs `call`, which returns a task, under the hard token: an awaitable of what it has thrown and what it returns.
  template <class Call>
  auto under_hard_token(Call call);
  /// The same with the epilogue.
  template <class Call>
  task<> run_handler(Call call);
  void failed(const std::exception_ptr& why);

  /// Asks guards or a check. False if the handler is not to be called: the request is settled.
  task<bool> admitted(std::function<task<std::optional<response>>()> judge);
  /// True if the handler is to be called now.
  task<bool> pass_guards();
  task<> run_websocket(const websocket_handler& handler);

  connection& client_;
  workspace& work_;
  exchange& exchange_;
};

}  // namespace sundown::http::detail
