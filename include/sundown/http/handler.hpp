#pragma once

#include <sundown/http/handshake.hpp>
#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http/stream.hpp>
#include <sundown/http/websocket.hpp>
#include <sundown/task.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace sundown::http {

/// The kinds of handler; the router tells them apart by their signature. A handler must not block its worker.
using plain_handler = std::function<response(const request&)>;
using async_handler = std::function<task<response>(const request&)>;
using upload_handler = std::function<task<response>(const request&, body_reader&)>;
using stream_handler = std::function<task<>(const request&, response_stream&)>;
using websocket_handler = std::function<task<>(const request&, websocket&)>;
using handler = std::variant<plain_handler, async_handler, upload_handler, stream_handler, websocket_handler>;

/// Asked before the handler; a response takes the handler's place, and no guard behind it is asked. It sees the head:
/// the body, if there is one, is not read before all guards have answered, nor is it asked for with 100 (Continue). It
/// must not block. What it finds out it may keep for the handler: request::set().
using guard_function = std::function<task<std::optional<response>>(const request&)>;

/// Called with each answer before it is sent; it may change all of it, such as add a field. It must not block.
using answer_hook = std::function<void(const request&, response&)>;

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
                "handlers, checks, guards and hooks are copied into the router: let them capture what can't be copied "
                "by reference, or in a std::shared_ptr");
  return std::is_copy_constructible_v<Function>;
}

inline task<std::optional<response>> ready(std::optional<response> answer) { co_return answer; }

template <class Handler>
websocket_handler wrap_websocket(Handler call) {
  constexpr bool fits = [] {
    if constexpr (!takes<Handler, websocket>)
      return false;
    else
      return std::is_same_v<answer_of<Handler, websocket>, task<>>;
  }();
  static_assert(fits,
                "a handler that speaks WebSocket takes (const http::request&, http::websocket&) and returns "
                "task<>");
  if constexpr (fits) {
    if constexpr (copied<Handler>()) return websocket_handler(std::move(call));
  }
  return {};
}
template <class Check>
handshake_check wrap_check(Check check) {
  if constexpr (!copied<Check>()) {
    return {};
  } else if constexpr (std::is_convertible_v<Check, handshake_check>) {
    handshake_check whole(std::move(check));
    if (!whole) throw std::logic_error("the check of a handshake is an empty function: it would let everybody in");
    return whole;
  } else if constexpr (std::is_invocable_r_v<std::optional<response>, Check&, const request&, handshake&>) {
    return [check](const request& asked, handshake& offer) mutable { return ready(check(asked, offer)); };
  } else {
    static_assert(never<Check>,
                  "the check of a handshake takes (const http::request&, http::handshake&) and returns "
                  "std::optional<http::response> or a task of it");
    return {};
  }
}
template <class Handler>
handler wrap_handler(Handler call) {
  if constexpr (!copied<Handler>()) {
    return {};
  } else if constexpr (takes<Handler, body_reader>) {
    if constexpr (std::is_same_v<answer_of<Handler, body_reader>, task<response>>) {
      return upload_handler(std::move(call));
    } else {
      static_assert(never<Handler>, "a handler that reads its body (http::body_reader&) returns task<http::response>");
    }
  } else if constexpr (takes<Handler, response_stream>) {
    if constexpr (std::is_same_v<answer_of<Handler, response_stream>, task<>>) {
      return stream_handler(std::move(call));
    } else {
      static_assert(never<Handler>, "a handler that writes a stream (http::response_stream&) returns task<>");
    }
  } else if constexpr (takes<Handler, websocket>) {
    return wrap_websocket(std::move(call));
  } else if constexpr (!std::is_invocable_v<Handler&, const request&>) {
    static_assert(never<Handler>,
                  "a handler takes (const http::request&), and behind it at most one of http::body_reader&, "
                  "http::response_stream& and http::websocket&");
  } else {
    using answer = answer_of<Handler>;
    if constexpr (std::is_same_v<answer, response>) {
      return plain_handler(std::move(call));
    } else if constexpr (std::is_same_v<answer, task<response>>) {
      return async_handler(std::move(call));
    } else if constexpr (on_control_plane<answer>) {
      static_assert(never<Handler>,
                    "a handler runs on a worker, not on the control plane: it returns "
                    "sundown::task<http::response>, not boost::asio::awaitable");
    } else {
      static_assert(never<Handler>,
                    "a handler of (const http::request&) returns http::response or task<http::response>");
    }
  }
  return {};
}

template <class Guard>
guard_function wrap_guard(Guard asks) {
  if constexpr (!copied<Guard>()) {
    return {};
  } else if constexpr (std::is_convertible_v<Guard, guard_function>) {
    guard_function whole(std::move(asks));
    if (!whole) throw std::logic_error("a guard is an empty function: it would let everything pass");
    return whole;
  } else if constexpr (std::is_invocable_r_v<std::optional<response>, Guard&, const request&>) {
    return [asks](const request& asked) mutable { return ready(asks(asked)); };
  } else {
    static_assert(never<Guard>,
                  "a guard takes (const http::request&) and returns std::optional<http::response> or a task of it");
    return {};
  }
}

template <class Hook>
answer_hook wrap_hook(Hook sees) {
  constexpr bool fits = [] {
    if constexpr (!std::is_invocable_v<Hook&, const request&, response&>)
      return false;
    else
      return std::is_void_v<std::invoke_result_t<Hook&, const request&, response&>>;
  }();
  static_assert(fits, "a hook on answers takes (const http::request&, http::response&) and returns nothing");
  if constexpr (fits) {
    if constexpr (copied<Hook>()) return answer_hook(std::move(sees));
  }
  return {};
}

}  // namespace detail

}  // namespace sundown::http
