// Mistakes. Each line behind a comment `wanted` is one; check.py expects one error of it, with the comment's words.
#include <sundown/http/router.hpp>

namespace sundown {
namespace {

using http::request;
using http::response;

struct service {
  response answer(const request&) { return {}; }
};

struct uncopyable {
  std::unique_ptr<int> held;
  response operator()(const request&) { return {}; }
};

std::unique_ptr<int> held() { return {}; }
task<std::optional<response>> ready() { co_return std::nullopt; }
task<std::string> text() { co_return "text"; }
task<> nothing() { co_return; }
task<response> answer() { co_return response(); }
asio::awaitable<response> on_the_control_plane() { co_return response(); }
asio::awaitable<void> nothing_there() { co_return; }

}  // namespace

// clang-format off
void handlers(http::router& to) {
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) { return std::string("Hello"); });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) { return "Hello"; });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) {});
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.post("/", [](const request&) { return 200; });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.post("/", [](const request&) { return std::optional<response>(); });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.put("/", [](const request&) { return result<response>(response()); });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) { return text(); });
  // wanted: a handler of (const http::request&) returns http::response or task<http::response>
  to.get("/", [](const request&) { return nothing(); });
  // wanted: returns sundown::task<http::response>, not boost::asio::awaitable
  to.get("/", [](const request&) { return on_the_control_plane(); });
  // wanted: returns sundown::task<http::response>, not boost::asio::awaitable
  to.remove("/", [](const request&) { return nothing_there(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [](request&) { return response(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [] { return response(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [](const request&, response&) {});
  // wanted: a handler takes (const http::request&)
  to.get("/", [](const request&, std::string) { return response(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [](http::body_reader&, const request&) { return answer(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", [](const request&, http::body_reader&, http::response_stream&) { return answer(); });
  // wanted: a handler takes (const http::request&)
  to.get("/", &service::answer);
  // wanted: a handler takes (const http::request&)
  to.get("/", nullptr);
  // wanted: a handler takes (const http::request&)
  to.get("/", "Hello");
  // wanted: handlers, checks and guards are copied into the router
  to.get("/", uncopyable());
  // wanted: handlers, checks and guards are copied into the router
  to.post("/", [held = held()](const request&, http::body_reader&) { return answer(); });
  // wanted: handlers, checks and guards are copied into the router
  to.get("/", [held = held()](const request&, http::websocket&) { return nothing(); });
  // wanted: a handler that reads its body (http::body_reader&) returns task<http::response>
  to.post("/", [](const request&, http::body_reader&) { return response(); });
  // wanted: a handler that reads its body (http::body_reader&) returns task<http::response>
  to.post("/", [](const request&, http::body_reader&) { return nothing(); });
  // wanted: a handler that reads its body (http::body_reader&) returns task<http::response>
  to.post("/", [](const request&, http::body_reader&) { return on_the_control_plane(); });
  // wanted: a handler that writes a stream (http::response_stream&) returns task<>
  to.get("/", [](const request&, http::response_stream&) {});
  // wanted: a handler that writes a stream (http::response_stream&) returns task<>
  to.get("/", [](const request&, http::response_stream&) { return answer(); });
  // wanted: a handler that speaks WebSocket takes (const http::request&, http::websocket&) and returns task<>
  to.get("/", [](const request&, http::websocket&) {});
  // wanted: a handler that speaks WebSocket takes (const http::request&, http::websocket&) and returns task<>
  to.get("/", [](const request&, http::websocket&) { return nothing_there(); });
  // wanted: a handler that speaks WebSocket takes (const http::request&, http::websocket&) and returns task<>
  to.get_websocket("/", [](const request&) { return nothing(); }, [](const request&, http::handshake&) { return std::optional<response>(); });
  // wanted: handlers, checks and guards are copied into the router
  to.get_websocket("/", [held = held()](const request&, http::websocket&) { return nothing(); }, [](const request&, http::handshake&) { return std::optional<response>(); });
  // wanted: handlers, checks and guards are copied into the router
  to.get_websocket("/", [](const request&, http::websocket&) { return nothing(); }, [held = held()](const request&, http::handshake&) { return std::optional<response>(); });
  // wanted: handlers, checks and guards are copied into the router
  to.get_websocket("/", [](const request&, http::websocket&) { return nothing(); }, [held = held()](const request&, http::handshake&) { return ready(); });
  // wanted: the check of a handshake takes (const http::request&, http::handshake&)
  to.get_websocket("/", [](const request&, http::websocket&) { return nothing(); }, [](const request&) { return true; });
  // wanted: handlers, checks and guards are copied into the router
  to.guarded_by([held = held()](const request&) { return std::optional<response>(); });
  // wanted: handlers, checks and guards are copied into the router
  to.guarded_by([held = held()](const request&) { return ready(); });
  // wanted: a guard takes (const http::request&) and returns std::optional<http::response>
  to.guarded_by([](const request&) { return true; });
  // wanted: a guard takes (const http::request&) and returns std::optional<http::response>
  to.guarded_by([](request&) { return std::optional<response>(); });
}
// clang-format on

}  // namespace sundown
