#pragma once

#include <sundown/error.hpp>
#include <sundown/task.hpp>
#include <sundown/trace/database_address.hpp>
#include <sundown/trace/parent.hpp>
#include <sundown/trace/span.hpp>

#include <string_view>
#include <utility>

namespace sundown::trace {

/// A span for a call to a database, by OpenTelemetry's conventions for database clients: `system` as they name it
/// ("sqlite", "redis", "mongodb"), `operation` as the database calls it ("SELECT", "find"), `collection`: the table or
/// collection, if it is one. Empty below an empty parent.
span database_call(const parent& above, std::string_view system, std::string_view operation,
                   std::string_view collection = {});
/// The same, which says which database it is: `mongodb::client::traced_as()`, `redis::client::traced_as()`.
span database_call(const parent& above, const database_address& which, std::string_view operation,
                   std::string_view collection = {});

/// What an error says of the work that it ended: `error.type`, and that it has failed, unless the error is an answer
/// like any other (not_found, conflict, malformed).
void set_error(span& of, const error& why);

namespace detail {

/// Not inlined into a coroutine: GCC 12 then warns of its frame's operator delete (-Wmismatched-new-delete).
template <class T>
[[gnu::noinline]] task<result<T>> ended_with(span around, task<result<T>> call) {
  auto outcome = co_await std::move(call);
  if (!outcome) set_error(around, outcome.error());
  co_return outcome;
}

}  // namespace detail

/// Awaits the call within the span, which ends with it. Without a span that records this is the call itself.
///
///     return trace::within(trace::database_call(asked.parent(), "sqlite", "SELECT", "orders"), database_.read(...));
template <class T>
task<result<T>> within(span around, task<result<T>> call) {
  if (!around.recording()) return call;
  return detail::ended_with(std::move(around), std::move(call));
}

}  // namespace sundown::trace
