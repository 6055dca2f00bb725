#pragma once

#include <sundown/http/handler.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::http {

class router;

namespace detail {
struct route_scope;
}  // namespace detail

/// What a route asks of a request before its handler sees it.
struct route_options {
  /// Largest body in bytes, 413 over it; unset: http.body_limit.
  std::optional<std::uint64_t> body_limit = {};
  /// The one media type it takes, "application/json": without a body length 411, with another type 415.
  static_text accepts = {};
  /// How long guards and handler may take, 503 over it; unset: http.request_timeout, which ends with the answer's head.
  /// One that is set here holds for the whole of a stream or a WebSocket. 0: no limit. See request::deadline().
  std::optional<std::chrono::milliseconds> timeout = {};
  /// Whether the handler is cancelled when its client has gone; unset: http.cancel_when_gone. True: at once, for the
  /// price of a system call for each request; where it is unset, the worker looks twice a second. False: the handler
  /// runs to its end, or to shutdown.hard_cancel. See request::client_gone().
  std::optional<bool> cancel_when_gone = {};
};

/// One row of the table.
struct route {
  route(verb its_method, std::string its_pattern, handler serve, handshake_check admits, route_options how,
        const detail::route_scope& belongs_to, std::size_t place)
      : method(its_method),
        pattern(std::move(its_pattern)),
        call(std::move(serve)),
        check(std::move(admits)),
        options(how),
        scope(&belongs_to),
        index(place) {}

  verb method;
  std::string pattern;
  handler call;
  handshake_check check;  ///< of WebSockets; often none
  route_options options;
  const detail::route_scope* scope;  ///< guards, and hooks on answers
  std::size_t index;                 ///< position in router::routes(), for counters
};

/// A route that was just added, to say more of it: routes.get("/me", me).guarded_by(signed_in).
class added_route {
 public:
  /// A guard for this route alone, asked after those of its groups.
  template <class Guard>
  added_route guarded_by(Guard asks) {
    add_guard(detail::wrap_guard(std::move(asks)));
    return *this;
  }

 private:
  friend class route_group;
  added_route(router& table, route& added) noexcept : table_(&table), route_(&added) {}
  void add_guard(guard_function asks);

  router* table_;
  route* route_;
};

/// Routes with a prefix, guards and hooks on answers in common.
///
///     auto api = routes.group("/v1");
///     api.guarded_by(signed_in);                                     // for all of the group, and the groups in it
///     api.on_answer([](const http::request&, http::response& answer) {
///       answer.with("Access-Control-Allow-Origin", "https://shop.example");
///     });
///     api.get("/orders/{id}", find_order);                           // GET /v1/orders/{id}
///     api.remove("/orders/{id}", remove_order).guarded_by(is_admin); // asked after signed_in
///
/// Any number of guards, asked in order until one refuses: the router's first, then the outer group's, then the inner
/// one's, then the route's; those of one place as they were added. A guard holds for the routes of its group that are
/// there as for those that come later. No guard is asked where a request is refused without one: 404, 405, 411, 413,
/// 415, a malformed handshake. Routes without guards pay nothing for them.
///
/// Hooks on answers are called in the opposite order, the router's last. They see the answers to the requests whose
/// path is the group's: those of handlers, the heads of streams, refusals by guards and by us (405, 413, 415, 408, 500,
/// 503), OPTIONS, and the 404 to a path that begins with the group's prefix and no inner group's. They do not see what
/// is answered before there is a path: malformed requests (400, 414, 431, 505), unknown methods and codings (501),
/// unmet expectations (417), "OPTIONS *"; nor 100 (Continue), nor the 101 of a WebSocket (handshake::with). A hook that
/// throws makes the answer 500. In the head of a stream a hook leaves the body alone.
///
/// A copy is the same group. Lifetime: the router's. Thread safety: as the router's.
class route_group {
 public:
  /// A handler for prefix + pattern. Throws std::logic_error, with a sentence that says why, where no request can lead
  /// to the route: a pattern that no path matches, or that is there already; HEAD, CONNECT, or a WebSocket for another
  /// method than GET; a std::function without a function in it.
  template <class Handler>
  added_route add(verb method, std::string pattern, Handler call, route_options options = {}) {
    return insert(method, std::move(pattern), detail::wrap_handler(std::move(call)), {}, options);
  }
  template <class Handler>
  added_route get(std::string pattern, Handler call, route_options options = {}) {
    return add(verb::get, std::move(pattern), std::move(call), options);
  }
  template <class Handler>
  added_route post(std::string pattern, Handler call, route_options options = {}) {
    return add(verb::post, std::move(pattern), std::move(call), options);
  }
  template <class Handler>
  added_route put(std::string pattern, Handler call, route_options options = {}) {
    return add(verb::put, std::move(pattern), std::move(call), options);
  }
  template <class Handler>
  added_route patch(std::string pattern, Handler call, route_options options = {}) {
    return add(verb::patch, std::move(pattern), std::move(call), options);
  }
  template <class Handler>
  added_route remove(std::string pattern, Handler call, route_options options = {}) {
    return add(verb::delete_, std::move(pattern), std::move(call), options);
  }

  /// A WebSocket whose handshake is judged before it is accepted: by its Origin, with a choice of subprotocol. `check`
  /// takes (const request&, handshake&) and returns std::optional<response>, or a task of it; see handshake.
  template <class Handler, class Check>
  added_route get_websocket(std::string pattern, Handler call, Check check, route_options options = {}) {
    return insert(verb::get, std::move(pattern), detail::wrap_websocket(std::move(call)),
                  detail::wrap_check(std::move(check)), options);
  }

  /// A group within this one. The prefix is "" (only for guards and hooks) or "/segments", without a '/' at its end;
  /// `{name}` segments are names. Throws std::logic_error if it is malformed.
  route_group group(std::string prefix);

  /// Adds a guard: (const request&) to std::optional<response>, or a task of it.
  template <class Guard>
  route_group guarded_by(Guard asks) {
    add_guard(detail::wrap_guard(std::move(asks)));
    return *this;
  }
  /// Adds a hook on answers: (const request&, response&).
  template <class Hook>
  route_group on_answer(Hook sees) {
    add_hook(detail::wrap_hook(std::move(sees)));
    return *this;
  }

 private:
  friend class router;
  route_group(router& table, detail::route_scope* scope) noexcept : table_(&table), scope_(scope) {}

  added_route insert(verb method, std::string pattern, handler call, handshake_check check, route_options options);
  void add_guard(guard_function asks);
  void add_hook(answer_hook sees);

  router* table_;
  detail::route_scope* scope_;
};

/// The HTTP surface: which handler answers which method and path. It is the group of all routes, without a prefix.
///
/// A pattern is literal segments and `{name}` segments, "/v1/orders/{id}"; a literal wins over a name. HEAD is answered
/// by the GET handler, OPTIONS and 405 from the table (Allow). Finding a route is one hash look-up, with names one per
/// segment; it does not grow with the number of routes.
/// Patterns and paths that RFC 3986 §6.2.2 calls equivalent are the same: "/%68ello" is "/hello", but "%2F" is no
/// separator. Dot segments are not resolved, and no name stands for one.
///
/// A handler is copied into the table and called there, by all workers: a coroutine lambda may use what it captures,
/// for the table outlives every request. One that fits none of the kinds does not compile, and one sentence says why.
/// Thread safety: fill it before the server starts; then read-only, from all workers.
class router : public route_group {
 public:
  router();
  ~router();
  router(const router&) = delete;
  router& operator=(const router&) = delete;

  const std::vector<std::unique_ptr<route>>& routes() const noexcept { return routes_; }

  /// What a path leads to. `found` without a `match` means that the path is there but not with this method.
  struct resolution {
    const route* match = nullptr;
    bool found = false;
    std::string_view allow = {};                 ///< "GET, HEAD, OPTIONS"
    const detail::route_scope* scope = nullptr;  ///< whose hooks see the answer
  };
  resolution find(verb method, std::string_view path) const;

 private:
  friend class route_group;
  friend class added_route;

  route& insert(verb method, std::string pattern, handler call, handshake_check check, route_options options,
                const detail::route_scope& scope);
  detail::route_scope& add_scope(std::string prefix, const detail::route_scope* parent);
  /// Makes every scope's list of guards and hooks anew.
  void link_scopes();
  const detail::route_scope* scope_of(std::string_view path) const;

  struct node;
  std::unique_ptr<node> root_;
  struct literals;
  std::unique_ptr<literals> literals_;
  std::vector<std::unique_ptr<route>> routes_;
  std::vector<std::unique_ptr<detail::route_scope>> scopes_;  // parents before their children
};

}  // namespace sundown::http
