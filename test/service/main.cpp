// The service that the tests of the library run: no store, /hello and the demo routes, which are of every kind. It goes
// by the sample's name, so that its variables and figures are those that the documentation has.
#include "app/demo/demo.hpp"

#include <sundown/http/router.hpp>
#include <sundown/http2.hpp>
#include <sundown/keys.hpp>
#include <sundown/otlp.hpp>
#include <sundown/program.hpp>
#include <sundown/service.hpp>
#include <sundown/tls.hpp>

namespace {

using namespace sundown;

struct demo_settings {
  bool enabled = false;
};

http::response hello(const http::request&) { return http::text("Hello, World!"); }

void build(service& app, const demo_settings& given) {
  app.routes().get("/hello", hello);
  app.routes().post("/hello", hello);  // test/h2spec asks by both at one path
  if (given.enabled) app::add_demo_routes(app.routes());
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
  own.flag(&demo_settings::enabled, "enabled", "The /demo/ routes");
  return sundown::run(argc, argv, identity(), own, build);
}
