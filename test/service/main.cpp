// The service that the tests of the library run: no store, /hello and the demo routes, which are of every kind. It goes
// by the sample's name, so that its variables and figures are those that the documentation has.
#include "app/demo/demo.hpp"

#include <sundown/http/router.hpp>
#include <sundown/http2.hpp>
#include <sundown/http_client.hpp>
#include <sundown/keys.hpp>
#include <sundown/otlp.hpp>
#include <sundown/program.hpp>
#include <sundown/service.hpp>
#include <sundown/tls.hpp>

namespace {

using namespace sundown;

struct demo_settings {
  bool enabled = false;
  std::string peer;
};

http::response hello(const http::request&) { return http::text("Hello, World!"); }

#ifdef SUNDOWN_TEST_OTLP
/// The first of two services in a chain: its answer is that of the other one.
void add_call(service& app, const std::string& url) {
  auto& calls = http_client::open(app, {});
  app.routes().get("/peer", [&calls, url](const http::request& asked) -> task<http::response> {
    auto what = http_client::request(http::verb::get, url).on_behalf_of(asked);
    const auto got = co_await calls.send(std::move(what));
    if (!got) co_return http::problem(got.error());
    co_return http::response(got->status, "text/plain", got->body);
  });
}
#endif

void build(service& app, const demo_settings& given) {
  app.routes().get("/hello", hello);
  app.routes().post("/hello", hello);  // test/h2spec asks by both at one path
  if (given.enabled) app::add_demo_routes(app.routes());
#ifdef SUNDOWN_TEST_OTLP
  if (!given.peer.empty()) add_call(app, given.peer);
#endif
}

program identity() {
  program given{"sundown", SUNDOWN_VERSION, "The service of the library's tests."};
#ifdef SUNDOWN_TEST_TLS
  given = given.with(tls::by_openssl());
#endif
#ifdef SUNDOWN_TEST_HTTP2
  given = given.with(http2::by_nghttp2());
#endif
#ifdef SUNDOWN_TEST_OTLP
  given = given.with(otlp::over_http());
#endif
  return given;
}

}  // namespace

int main(int argc, char** argv) {
  keys<demo_settings> own("demo");
  own.flag(&demo_settings::enabled, "enabled", "The /demo/ routes")
      .text(&demo_settings::peer, "peer", "The URL of another service, which /peer asks");
  return sundown::run(argc, argv, identity(), own, build);
}
