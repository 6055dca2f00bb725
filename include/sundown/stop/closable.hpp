#pragma once

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <string>

namespace sundown::stop {

namespace asio = boost::asio;

/// A resource that must be closed before the process exits.
///
/// close() runs once, on the shutdown strand, after everything that was added later is closed. It returns when the
/// resource is really closed: no thread of it runs, nothing it promised is open. It must not block the strand (hand
/// blocking calls to a thread and await them), may throw (reported), and should obey asio cancellation, which arrives
/// when its limit passes. Throwing asio::error::timed_out says that it is closed, but that its other side was silent
/// until a limit of its own, so that what that side has done is not known: it counts as an overrun. After another
/// overrun it is left behind, suspended, and the process leaves without destructors.
template <class T>
concept closable = requires(T& resource) {
  { resource.close() } -> std::same_as<asio::awaitable<void>>;
};

/// A resource that can say what it has under way, such as "1 op"; "" for nothing. Shown in the progress line and in
/// /status. Called from any thread, until the resource is closed.
template <class T>
concept tells_what_it_waits_for = requires(const T& resource) {
  { resource.waiting_for() } -> std::convertible_to<std::string>;
};

/// A resource that can be closed though the other side is gone, and says what that left out, such as "QUIT: there was
/// no connection"; "" for nothing. For the log and the report; called on the shutdown strand, once close() has
/// returned.
template <class T>
concept tells_what_it_omitted = requires(const T& resource) {
  { resource.omitted() } -> std::convertible_to<std::string>;
};

}  // namespace sundown::stop
