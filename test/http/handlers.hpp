#pragma once

#include "http/gate.hpp"

#include <sundown/http/router.hpp>

#include <cstddef>
#include <string>
#include <utility>

/// Handlers that many tests route to.
namespace sundown::test {

inline http::response text(std::string body) { return {200, "text/plain", std::move(body), {}}; }
inline http::response hello(const http::request&) { return text("Hello, World!"); }
inline http::response echo(const http::request& asked) { return text(std::string(asked.body())); }
inline http::response fails(const http::request&) { throw std::runtime_error("secret detail"); }

inline task<http::response> say(std::string what) { co_return text(std::move(what)); }

/// Waits at the gate, then answers.
inline task<http::response> pass(gate& at) {
  co_await at.pass();
  co_return text("passed");
}

/// Reads the whole body as a stream and answers what came.
inline task<http::response> upload(const http::request&, http::body_reader& body) {
  std::string all;
  for (;;) {
    const auto piece = co_await body.read();
    if (!piece || piece->empty()) break;
    all += *piece;
  }
  co_return text(std::to_string(all.size()) + " bytes, last '" + (all.empty() ? "" : all.substr(all.size() - 1)) + "'");
}

/// Answers without having read any of the body.
inline task<http::response> decline(const http::request&, http::body_reader&) {
  co_return http::response{200, "text/plain", std::string(100'000, 'd'), {}};
}

/// Three chunks.
inline task<> three(const http::request&, http::response_stream& out) {
  co_await out.start(text({}));
  for (const char* piece : {"one ", "two ", "three"}) {
    const auto sent = co_await out.write(piece);
    if (!sent) co_return;
  }
}

/// Events until the stop, then a farewell.
inline task<> events(const http::request&, http::response_stream& out) {
  co_await out.start_endless(http::response{200, "text/event-stream"}.with("Cache-Control", "no-store"));
  co_await out.write("data: first\n\n");
  for (;;) {
    const bool on = co_await out.wait(ample * 4);
    if (!on) break;
  }
  co_await out.write("event: bye\n\n");
}

inline task<> echo_messages(const http::request&, http::websocket& peer) {
  for (;;) {
    auto got = co_await peer.read();
    if (!got) break;
    const auto sent = co_await peer.write(got->data);
    if (!sent) break;
  }
}

inline void basic_routes(http::router& routes) {
  routes.get("/hello", hello);
  routes.get("/fails", fails);
  routes.post("/echo", echo);
  routes.post("/json", echo, {.body_limit = 16, .accepts = "application/json"});
  routes.post("/upload", upload);
  routes.post("/small-upload", upload, {.body_limit = 16});
  routes.post("/decline", decline);
  routes.get("/three", three);
  routes.get("/say/{what}", [](const http::request& asked) { return say(asked.param("what")); });
  routes.get("/events", events);
  routes.get("/websocket", echo_messages);
}

}  // namespace sundown::test
