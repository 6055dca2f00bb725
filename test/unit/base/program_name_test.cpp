#include "base/program_name.hpp"

#include <gtest/gtest.h>

namespace sundown::base {
namespace {

// The name is the binary's as long as none is given.
TEST(ProgramName, IsTheBinarysByDefault) { EXPECT_EQ(program_name(), "test_unit"); }

// What isn't a letter or a digit can be in no variable's and no metric's name.
TEST(ProgramName, BecomesAPrefix) {
  EXPECT_EQ(variable_prefix("orders"), "ORDERS");
  EXPECT_EQ(variable_prefix("my-orders_2.x"), "MY_ORDERS_2_X");
  EXPECT_EQ(metric_prefix("my-orders_2.x"), "my_orders_2_x");
}

}  // namespace
}  // namespace sundown::base
