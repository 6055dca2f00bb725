#include "app/service.hpp"

int main(int argc, char** argv) {
  using namespace sundown;
  return run(argc, argv, app::identity(), app::own_keys(), app::build);
}
