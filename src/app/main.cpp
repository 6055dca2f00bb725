#include "app/service.hpp"

#include <sundown/program.hpp>
#include <sundown/tls.hpp>

int main(int argc, char** argv) {
  using namespace sundown;
  const program identity{"sundown", SUNDOWN_VERSION, "An HTTP service with the shutdown built in."};
  return run(argc, argv, identity.with(tls::by_openssl()), app::own_keys(), app::build);
}
