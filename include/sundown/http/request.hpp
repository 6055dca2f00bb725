#pragma once

#include <sundown/call_context.hpp>
#include <sundown/error.hpp>
#include <sundown/http/detail/attributes.hpp>
#include <sundown/task.hpp>
#include <sundown/trace/span.hpp>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sundown::http {

struct client_certificate;

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
  /// All query parameters in their order, decoded; of one without `=` the value is empty.
  std::vector<std::pair<std::string, std::string>> query_parameters() const;

  // Query parameters of a type. Errors: malformed (400), with a text for the client that names the parameter and what
  // it must be. A parameter that is absent is the fallback, which nothing checks.

  /// A whole number from `min` to `max`, of max's type.
  template <class T>
  result<T> query_number(std::string_view name, std::type_identity_t<T> min, T max,
                         std::type_identity_t<T> fallback) const {
    static_assert(std::integral<T> && !std::same_as<T, bool>,
                  "query_number(name, min, max, fallback) reads whole numbers, of the type of max");
    using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    const auto value = number_in_query(name, static_cast<wide>(min), static_cast<wide>(max));
    if (!value) return value.error();
    return *value ? static_cast<T>(**value) : fallback;
  }
  /// A text of at most `max_size` bytes.
  result<std::string> query_text(std::string_view name, std::size_t max_size, std::string fallback = {}) const;
  /// `true` or `1`, `false` or `0`; a name without a value is true: "?verbose".
  result<bool> query_flag(std::string_view name, bool fallback = false) const;

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
  /// The client's address, without the port: through proxies that are trusted (http.trusted_proxies), by the PROXY
  /// protocol, Forwarded (RFC 7239) or X-Forwarded-For, read from the right; else the peer's. An IPv4 address is
  /// written as such, whatever the listener is. It is what the rate limit and the access log go by.
  std::string_view client() const;
  /// The peer's address, without the port: that of the proxy next to the service, where there is one.
  std::string_view remote() const noexcept;
  // What the client has named in its URL, for links that are made for it.
  /// "http" or "https": as trusted proxies say (Forwarded, X-Forwarded-Proto), else as the connection is.
  std::string_view scheme() const;
  /// Host, with its port if it isn't the scheme's own: as trusted proxies say (Forwarded, X-Forwarded-Host), else as
  /// sent. A client without a proxy sends what it likes.
  std::string_view host() const;

  /// By which the client has proved who it is (http/client_certificate.hpp); nullptr if it hasn't: it came in the
  /// clear, or `client_auth` doesn't ask for it. Lifetime: the connection's.
  const http::client_certificate* client_certificate() const;

  stop_view stop() const noexcept;

  /// Its span (sundown/trace.hpp), for attributes, and as the parent of what is done for it; empty while tracing is
  /// off. Its own attributes are set, and it ends, when the request has: with the last byte of the answer.
  trace::span& span() const;
  /// For a store, or whatever else works for this request: until when, and below which span.
  call_context context() const;

  // How long the answer may take: the least of http.request_timeout or the route's own timeout, of what the client asks
  // for (Request-Timeout in whole seconds, where http.client_timeout is true), and of shutdown.hard_cancel once the
  // service stops.
  //
  // The time begins with the first guard, else with the handler: for a handler that has its body whole, once the body
  // is there, and where guards come before that body, for the handler anew; for one that reads its body, and for
  // streams and WebSockets, with the head. When it is over, what the handler awaits is cancelled (operation_aborted)
  // and the client gets 503 with Retry-After, unless the handler still answers with a status below 500. A handler that
  // goes on all the same is waited for. An answer under way is broken off, but only a route's own timeout goes on after
  // the head of the answer. A handler that is no coroutine can't be cancelled.
  //
  // Asking costs a look at the clock, not asking nothing.

  /// When the time is over; time_point::max() where nothing limits it.
  std::chrono::steady_clock::time_point deadline() const noexcept;
  /// Until then, never negative; milliseconds::max() where nothing limits it.
  std::chrono::milliseconds remaining() const noexcept;

  /// Completes when the client has gone: it has reset the connection, or its stream of HTTP/2. A client that has only
  /// closed its side is not gone, its answer is owed. A handler that waits here is told instead of being cancelled.
  ///
  ///     using namespace boost::asio::experimental::awaitable_operators;
  ///     const auto first = co_await (search(terms) || request.client_gone());
  ///     if (first.index() == 1) co_return http::no_content();              // nobody hears of it: 499 in the access
  ///     log
  ///
  /// Throws operation_aborted if the handler is cancelled before, by a time limit or the stop. Lifetime: within the
  /// handler's.
  task<> client_gone() const;

  // Attributes: what a guard has found out is kept for the guards behind it, for the handler and for hooks on answers.
  //
  //     request.set(user{name});                        // in a guard
  //     const auto& caller = request.get<user>();       // in a handler behind it
  //
  // One of each type, which is a type made for it. Lifetime: the request's; a second set() of a type replaces the
  // first, and ends its references. Requests without attributes pay nothing for them.

  template <class T>
  const T& set(T value) const {
    check_attribute<T>();
    return attributes().set(std::move(value));
  }
  /// nullptr if it isn't set.
  template <class T>
  const T* find() const noexcept {
    check_attribute<T>();
    return attributes().template find<T>();
  }
  /// Throws std::logic_error if it isn't set: no guard of the route does.
  template <class T>
  const T& get() const {
    if (const auto* found = find<T>()) return *found;
    throw_no_attribute(typeid(T));
  }

 private:
  template <class T>
  static constexpr void check_attribute() {
    static_assert(std::is_class_v<T> && !std::same_as<T, std::string> && !std::same_as<T, std::string_view>,
                  "an attribute of a request is found by its type: make a struct for it, such as user");
  }
  detail::attributes& attributes() const noexcept;
  [[noreturn]] static void throw_no_attribute(const std::type_info& type);
  result<std::optional<std::int64_t>> number_in_query(std::string_view name, std::int64_t min, std::int64_t max) const;
  result<std::optional<std::uint64_t>> number_in_query(std::string_view name, std::uint64_t min,
                                                       std::uint64_t max) const;

  const detail::exchange* exchange_;
};

}  // namespace sundown::http
