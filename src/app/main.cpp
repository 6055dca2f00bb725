#include "app/service.hpp"

int main(int argc, char** argv) {
  return sundown::run(argc, argv, {"sundown", SUNDOWN_VERSION, "An HTTP service with the shutdown built in."},
                      sundown::app::own_keys(), sundown::app::build);
}
