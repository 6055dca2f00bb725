#pragma once

/// The component sundown::http2: HTTP/2 (RFC 9113) beside HTTP/1.1, with the same routes, limits and stop.
///
///     int main(int argc, char** argv) {
///       const auto orders = sundown::program("orders", "1.0").with(sundown::http2::by_nghttp2());
///       return sundown::run(argc, argv, orders, build);
///     }
///
/// A client that begins with the preface is served in HTTP/2 in the clear, unless http.h2c is off; by TLS one whose
/// handshake offers "h2" (ALPN), unless http.h2 is off. No handler can tell which protocol it serves; WebSockets stay
/// with HTTP/1.1. Limits and what a connection costs: docs/http2.md.
namespace sundown::http {
class http2_provider;
}  // namespace sundown::http

namespace sundown::http2 {

/// HTTP/2 by the core of nghttp2. Lifetime: the program's.
const http::http2_provider& by_nghttp2() noexcept;

}  // namespace sundown::http2
