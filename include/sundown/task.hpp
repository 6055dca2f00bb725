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
///
/// GCC 12, the compiler of Debian 12, copies some temporaries of a co_await expression bit by bit and destroys both: of
/// aggregates (a struct without constructors) and of lambdas with captures. Therefore no public type is an aggregate,
/// unless bits are all it is; a test holds that. For your own types: give them a constructor. A lambda that captures
/// more than references and numbers is named before the co_await and moved into it.
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
