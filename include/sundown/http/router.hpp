#pragma once

#include <sundown/http/handshake.hpp>
#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http/stream.hpp>
#include <sundown/http/websocket.hpp>
#include <sundown/task.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sundown::http {

/// The kinds of handler; the router tells them apart by their signature. A handler must not block its worker.
using plain_handler = std::function<response(const request&)>;
using async_handler = std::function<task<response>(const request&)>;
using upload_handler = std::function<task<response>(const request&, body_reader&)>;
using stream_handler = std::function<task<>(const request&, response_stream&)>;
using websocket_handler = std::function<task<>(const request&, websocket&)>;
using handler = std::variant<plain_handler, async_handler, upload_handler, stream_handler, websocket_handler>;

/// Asked before the handler of each request that has one; a response takes the handler's place. It sees the head: the
/// body, if there is one, is not read before it has answered, nor is it asked for with 100 (Continue). It must not
/// block.
using guard_function = std::function<task<std::optional<response>>(const request&)>;

/// What a route asks of a request before its handler sees it.
struct route_options {
  /// Largest body in bytes, 413 over it; unset: http.body_limit.
  std::optional<std::uint64_t> body_limit = {};
  /// The one media type it takes, "application/json": without a body length 411, with another type 415.
  static_text accepts = {};
};

/// One row of the table.
struct route {
  route(verb its_method, std::string its_pattern, handler serve, handshake_check admits, route_options how,
        std::size_t place)
      : method(its_method),
        pattern(std::move(its_pattern)),
        call(std::move(serve)),
        check(std::move(admits)),
        options(how),
        index(place) {}

  verb method;
  std::string pattern;
  handler call;
  handshake_check check;  ///< of WebSockets; often none
  route_options options;
  std::size_t index;  ///< position in router::routes(), for counters
};

namespace detail {

template <class Handler, class Second>
inline constexpr bool takes = std::is_invocable_v<Handler&, const request&, Second&>;

/// What a handler returns; of a reference the value.
template <class Handler, class... Second>
using answer_of = std::remove_cvref_t<std::invoke_result_t<Handler&, const request&, Second&...>>;

template <class>
inline constexpr bool on_control_plane = false;
template <class T>
inline constexpr bool on_control_plane<asio::awaitable<T, asio::any_io_executor>> = true;

/// False, but only once it is known of what.
template <class>
inline constexpr bool never = false;

/// Whether a function can be copied into the router; one that can't does not compile.
template <class Function>
constexpr bool copied() {
  static_assert(std::is_copy_constructible_v<Function>,
                "handlers, checks and guards are copied into the router: let them capture what can't be copied by "
                "reference, or in a std::shared_ptr");
  return std::is_copy_constructible_v<Function>;
}

}  // namespace detail

/// The HTTP surface: which handler answers which method and path.
///
/// A pattern is literal segments and `{name}` segments, "/v1/notes/{id}"; a literal wins over a name. HEAD is answered
/// by the GET handler, OPTIONS and 405 from the table (Allow). Finding a route is one hash look-up, with names one per
/// segment; it does not grow with the number of routes.
/// Patterns and paths that RFC 3986 §6.2.2 calls equivalent are the same: "/%68ello" is "/hello", but "%2F" is no
/// separator. Dot segments are not resolved, and no name stands for one.
///
/// A handler is copied into the table and called there, by all workers: a coroutine lambda may use what it captures,
/// for the table outlives every request. One that fits none of the kinds does not compile, and one sentence says why.
/// Thread safety: fill it before the server starts; then read-only, from all workers.
class router {
 public:
  router();
  ~router();
  router(const router&) = delete;
  router& operator=(const router&) = delete;

  /// Throws std::logic_error, with a sentence that says why, where no request can lead to the route: a pattern that no
  /// path matches, or that is there already; HEAD, CONNECT, or a WebSocket for another method than GET; a std::function
  /// without a function in it.
  template <class Handler>
  void add(verb method, std::string pattern, Handler call, route_options options = {}) {
    insert(method, std::move(pattern), wrap(std::move(call)), {}, options);
  }
  template <class Handler>
  void get(std::string pattern, Handler call, route_options options = {}) {
    add(verb::get, std::move(pattern), std::move(call), options);
  }
  template <class Handler>
  void post(std::string pattern, Handler call, route_options options = {}) {
    add(verb::post, std::move(pattern), std::move(call), options);
  }
  template <class Handler>
  void put(std::string pattern, Handler call, route_options options = {}) {
    add(verb::put, std::move(pattern), std::move(call), options);
  }
  template <class Handler>
  void remove(std::string pattern, Handler call, route_options options = {}) {
    add(verb::delete_, std::move(pattern), std::move(call), options);
  }

  /// A WebSocket whose handshake is judged before it is accepted: by its Origin, with a choice of subprotocol. `check`
  /// takes (const request&, handshake&) and returns std::optional<response>, or a task of it; see handshake.
  template <class Handler, class Check>
  void get_websocket(std::string pattern, Handler call, Check check, route_options options = {}) {
    insert(verb::get, std::move(pattern), wrap_websocket(std::move(call)), wrap_check(std::move(check)), options);
  }

  /// One guard for all routes, such as a limit of requests. Without one a request pays nothing for it. Throws
  /// std::logic_error if it is an empty std::function.
  template <class Guard>
  void guarded_by(Guard asks) {
    if constexpr (!detail::copied<Guard>()) {
      return;
    } else if constexpr (std::is_convertible_v<Guard, guard_function>) {
      guard_function whole(std::move(asks));
      if (!whole) throw std::logic_error("a guard is an empty function: it would let everything pass");
      guard_ = std::move(whole);
    } else if constexpr (std::is_invocable_r_v<std::optional<response>, Guard&, const request&>) {
      guard_ = [asks](const request& asked) mutable { return ready(asks(asked)); };
    } else {
      static_assert(detail::never<Guard>,
                    "a guard takes (const http::request&) and returns std::optional<http::response> or a task of it");
    }
  }
  const guard_function& guard() const noexcept { return guard_; }

  const std::vector<std::unique_ptr<route>>& routes() const noexcept { return routes_; }

  /// What a path leads to. `found` without a `match` means that the path is there but not with this method.
  struct resolution {
    const route* match = nullptr;
    bool found = false;
    std::string_view allow = {};  ///< "GET, HEAD, OPTIONS"
  };
  resolution find(verb method, std::string_view path) const;

 private:
  template <class Handler>
  static handler wrap(Handler call) {
    if constexpr (!detail::copied<Handler>()) {
      return {};
    } else if constexpr (detail::takes<Handler, body_reader>) {
      if constexpr (std::is_same_v<detail::answer_of<Handler, body_reader>, task<response>>) {
        return upload_handler(std::move(call));
      } else {
        static_assert(detail::never<Handler>,
                      "a handler that reads its body (http::body_reader&) returns task<http::response>");
      }
    } else if constexpr (detail::takes<Handler, response_stream>) {
      if constexpr (std::is_same_v<detail::answer_of<Handler, response_stream>, task<>>) {
        return stream_handler(std::move(call));
      } else {
        static_assert(detail::never<Handler>, "a handler that writes a stream (http::response_stream&) returns task<>");
      }
    } else if constexpr (detail::takes<Handler, websocket>) {
      return wrap_websocket(std::move(call));
    } else if constexpr (!std::is_invocable_v<Handler&, const request&>) {
      static_assert(detail::never<Handler>,
                    "a handler takes (const http::request&), and behind it at most one of http::body_reader&, "
                    "http::response_stream& and http::websocket&");
    } else {
      using answer = detail::answer_of<Handler>;
      if constexpr (std::is_same_v<answer, response>) {
        return plain_handler(std::move(call));
      } else if constexpr (std::is_same_v<answer, task<response>>) {
        return async_handler(std::move(call));
      } else if constexpr (detail::on_control_plane<answer>) {
        static_assert(detail::never<Handler>,
                      "a handler runs on a worker, not on the control plane: it returns "
                      "sundown::task<http::response>, not boost::asio::awaitable");
      } else {
        static_assert(detail::never<Handler>,
                      "a handler of (const http::request&) returns http::response or task<http::response>");
      }
    }
    return {};
  }
  template <class Handler>
  static websocket_handler wrap_websocket(Handler call) {
    constexpr bool fits = [] {
      if constexpr (!detail::takes<Handler, websocket>)
        return false;
      else
        return std::is_same_v<detail::answer_of<Handler, websocket>, task<>>;
    }();
    static_assert(fits,
                  "a handler that speaks WebSocket takes (const http::request&, http::websocket&) and returns "
                  "task<>");
    if constexpr (fits) {
      if constexpr (detail::copied<Handler>()) return websocket_handler(std::move(call));
    }
    return {};
  }
  template <class Check>
  static handshake_check wrap_check(Check check) {
    if constexpr (!detail::copied<Check>()) {
      return {};
    } else if constexpr (std::is_convertible_v<Check, handshake_check>) {
      handshake_check whole(std::move(check));
      if (!whole) throw std::logic_error("the check of a handshake is an empty function: it would let everybody in");
      return whole;
    } else if constexpr (std::is_invocable_r_v<std::optional<response>, Check&, const request&, handshake&>) {
      return [check](const request& asked, handshake& offer) mutable { return ready(check(asked, offer)); };
    } else {
      static_assert(detail::never<Check>,
                    "the check of a handshake takes (const http::request&, http::handshake&) and returns "
                    "std::optional<http::response> or a task of it");
      return {};
    }
  }
  static task<std::optional<response>> ready(std::optional<response> answer) { co_return answer; }
  void insert(verb method, std::string pattern, handler call, handshake_check check, route_options options);

  struct node;
  std::unique_ptr<node> root_;
  struct literals;
  std::unique_ptr<literals> literals_;
  std::vector<std::unique_ptr<route>> routes_;
  guard_function guard_;
};

}  // namespace sundown::http
