#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

/// The coroutine types of the two planes.
///
/// Data plane (sessions, handlers, stores): task<T>, bound to one worker's io_context. The executor's concrete type is
/// part of the coroutine's type; the type-erased any_io_executor costs 23 % of a request (docs/performance.md).
/// Control plane (shutdown, closers, background tasks): asio::awaitable<T>, because there the choice of executor
/// matters and the cost does not.
namespace sundown {

namespace asio = boost::asio;

using worker_executor = asio::io_context::executor_type;

/// A coroutine of the data plane. It runs on the worker that started it, from its first line to its last.
template <class T = void>
using task = asio::awaitable<T, worker_executor>;

/// Completion tokens for use inside a task: `use_task` throws on error, `as_result` returns (error_code, values...).
inline constexpr asio::use_awaitable_t<worker_executor> use_task{};
inline constexpr auto as_result = asio::as_tuple(use_task);

}  // namespace sundown
