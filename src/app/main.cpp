#include "app/service.hpp"

#include <sundown/http2.hpp>
#include <sundown/otlp.hpp>
#include <sundown/program.hpp>
#include <sundown/tls.hpp>

int main(int argc, char** argv) {
  using namespace sundown;
  const auto identity = program{"sundown", SUNDOWN_VERSION, "An HTTP service with the shutdown built in."}
                            .with(tls::by_openssl())
                            .with(http2::by_nghttp2())
                            .with(otlp::over_http());
  return run(argc, argv, identity, app::own_keys(), app::build);
}
