#pragma once

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
#include <string>
#include <string_view>
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

/// Asked before the handler of each request that has one; a response takes the handler's place. It must not block.
using guard_function = std::function<task<std::optional<response>>(const request&)>;

/// What a route asks of a request before its handler sees it.
struct route_options {
  /// Largest body in bytes, 413 over it; unset: http.body_limit.
  std::optional<std::uint64_t> body_limit = {};
  /// The one media type it takes, "application/json": without a body length 411, with another type 415.
  std::string_view accepts = {};
};

/// One row of the table.
struct route {
  verb method;
  std::string pattern;
  handler call;
  route_options options;
  std::size_t index;  ///< position in router::routes(), for counters
};

/// The HTTP surface: which handler answers which method and path.
///
/// A pattern is literal segments and `{name}` segments, "/v1/notes/{id}"; a literal wins over a name. HEAD is answered
/// by the GET handler, OPTIONS and 405 from the table (Allow). Finding a route is one hash look-up, with names one per
/// segment; it does not grow with the number of routes.
/// Patterns and paths that RFC 3986 §6.2.2 calls equivalent are the same: "/%68ello" is "/hello", but "%2F" is no
/// separator. Dot segments are not resolved, and no name stands for one.
/// Thread safety: fill it before the server starts; then read-only, from all workers.
class router {
 public:
  router();
  ~router();
  router(const router&) = delete;
  router& operator=(const router&) = delete;

  /// Throws std::logic_error on a malformed pattern or one that is there already.
  template <class Handler>
  void add(verb method, std::string pattern, Handler call, route_options options = {}) {
    insert(method, std::move(pattern), wrap(std::move(call)), options);
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

  /// One guard for all routes, such as a limit of requests. Without one a request pays nothing for it.
  void guarded_by(guard_function asks) { guard_ = std::move(asks); }
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
    if constexpr (std::is_invocable_v<Handler&, const request&, body_reader&>) {
      return upload_handler(std::move(call));
    } else if constexpr (std::is_invocable_v<Handler&, const request&, response_stream&>) {
      return stream_handler(std::move(call));
    } else if constexpr (std::is_invocable_v<Handler&, const request&, websocket&>) {
      return websocket_handler(std::move(call));
    } else if constexpr (std::is_same_v<std::invoke_result_t<Handler&, const request&>, response>) {
      return plain_handler(std::move(call));
    } else {
      return async_handler(std::move(call));
    }
  }
  void insert(verb method, std::string pattern, handler call, route_options options);

  struct node;
  std::unique_ptr<node> root_;
  struct literals;
  std::unique_ptr<literals> literals_;
  std::vector<std::unique_ptr<route>> routes_;
  guard_function guard_;
};

}  // namespace sundown::http
