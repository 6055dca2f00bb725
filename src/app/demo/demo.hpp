#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/http/router.hpp>
#include <sundown/http/stream.hpp>
#include <sundown/http/websocket.hpp>
#include <sundown/task.hpp>

/// What one needs to try a drain by hand; only with demo.enabled, never on a public address.
namespace sundown::app {

/// GET /demo/sleep?ms=N: answers after N ms without holding a thread.
task<http::response> demo_sleep(const http::request& asked);
/// GET /demo/block?ms=N: blocks its worker thread, as a handler never should.
http::response demo_block(const http::request& asked);
/// GET /demo/bytes?n=N: N bytes with Content-Length.
task<> demo_bytes(const http::request& asked, http::response_stream& out);
/// GET /demo/chunks?n=N&interval_ms=M: N chunks, M ms apart.
task<> demo_chunks(const http::request& asked, http::response_stream& out);
/// GET /demo/events: Server-Sent Events, one a second; the last one is "bye".
task<> demo_events(const http::request& asked, http::response_stream& out);
/// POST /demo/upload: the length and SHA-256 of the body, which is never held whole.
task<http::response> demo_upload(const http::request& asked, http::body_reader& body);

/// GET /demo/echo: a WebSocket that sends back what it gets.
task<> demo_echo(const http::request& asked, http::websocket& peer);

/// All of them.
void add_demo_routes(http::router& to);

}  // namespace sundown::app
