#include "app/service.hpp"

#include <sundown/http2.hpp>

int main(int argc, char** argv) {
  const sundown::program identity{"sundown", SUNDOWN_VERSION, "An HTTP service with the shutdown built in."};
  return sundown::run(argc, argv, identity.with(sundown::http2::by_nghttp2()), sundown::app::own_keys(),
                      sundown::app::build);
}
