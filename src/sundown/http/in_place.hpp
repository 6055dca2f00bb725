#pragma once

#include <sundown/task.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>

#include <utility>

namespace sundown::http::detail {

/// Runs what it is given at once, where it is.
struct in_place_executor {
  template <class F>
  void execute(F&& call) const {
    std::forward<F>(call)();
  }
  bool operator==(const in_place_executor&) const = default;
};

/// as_result for the operations of a worker's own sockets, to be awaited at once. They complete on the worker's thread,
/// out of its event loop: there is nothing to dispatch, which costs two full memory fences and a work count each time.
/// The coroutine awaits the operation itself (deferred): as_result would put a frame of its own between, 224 bytes of
/// each idle connection.
inline const auto as_result_in_place = asio::bind_executor(in_place_executor{}, asio::as_tuple(asio::deferred));

}  // namespace sundown::http::detail
