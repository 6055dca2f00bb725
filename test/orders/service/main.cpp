#include "orders.hpp"

int main(int argc, char** argv) { return sundown::run(argc, argv, orders::identity(), orders::keys(), orders::build); }
