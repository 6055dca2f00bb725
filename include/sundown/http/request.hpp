#pragma once

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::http {

using boost::beast::http::field;
using boost::beast::http::verb;

namespace detail {
struct exchange;
class drain_state;
}  // namespace detail

/// What a handler can see of the stop. The soft token says "come to an end", the hard one "end now": with it every
/// pending asio operation of the handler completes with operation_aborted.
/// Thread safety: any thread, for as long as the server lives.
class stop_view {
 public:
  explicit stop_view(const detail::drain_state& state) noexcept : state_(&state) {}

  /// True from the first moment of the stop: long work should come to its next good end.
  bool draining() const noexcept;
  /// For work outside asio, such as a loop on a thread: requested at shutdown.hard_cancel.
  std::stop_token hard() const noexcept;
  /// Until the process is gone; the whole shutdown.total as long as nothing stops.
  std::chrono::milliseconds remaining() const noexcept;

 private:
  const detail::drain_state* state_;
};

/// One HTTP request, as its handler sees it: a view into the session's buffers.
///
/// Lifetime: valid until the handler returns its response; a copy of this object is as short-lived, so copy the strings
/// that something else is to keep.
/// Thread safety: the handler's own worker only.
class request {
 public:
  explicit request(const detail::exchange& of) noexcept : exchange_(&of) {}

  verb method() const noexcept;
  /// As sent, "GET".
  std::string_view method_name() const noexcept;
  /// As sent: path and query; of the absolute form (RFC 9112 §3.2.2) what follows the authority.
  std::string_view target() const noexcept;
  /// The target without its query, not decoded.
  std::string_view path() const noexcept;

  /// The part of the path that matched `{name}` in the route, percent-decoded; empty if the route has none.
  std::string param(std::string_view name) const;
  /// The first query parameter of that name, decoded (`+` is a space); nullopt if it is absent.
  std::optional<std::string> query(std::string_view name) const;

  /// The first field of that name, without surrounding white space; empty if it is absent. A field that may come on
  /// several lines is read by elements().
  std::string_view operator[](field name) const noexcept;
  std::string_view header(std::string_view name) const noexcept;
  /// Tells an absent field from an empty one.
  bool has_field(field name) const noexcept;
  bool has_field(std::string_view name) const noexcept;
  /// The elements of a list field, such as If-Match or Accept, over all its lines in order (RFC 9110 §5.3, §5.6.1):
  /// without the white space around them and without empty ones; quoted strings stay as sent, quotes included.
  std::vector<std::string_view> elements(field name) const;
  std::vector<std::string_view> elements(std::string_view name) const;
  /// The field line by line, as sent but for the white space around each: for a grammar that elements() doesn't split
  /// rightly, such as entity tags, where a backslash escapes nothing (RFC 9110 §8.8.3).
  std::vector<std::string_view> lines(field name) const;
  /// How many fields of that name there are.
  std::size_t count(field name) const noexcept;

  /// The whole body, at most the route's limit; empty for routes that read it as a stream.
  std::string_view body() const noexcept;

  /// X-Request-Id as the client sent it, if it is 1-64 characters of [A-Za-z0-9._-]; else one of our own.
  std::string_view id() const noexcept;
  /// The peer's address, without the port.
  std::string_view remote() const noexcept;

  stop_view stop() const noexcept;

 private:
  const detail::exchange* exchange_;
};

}  // namespace sundown::http
