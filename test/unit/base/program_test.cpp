#include <sundown/program.hpp>

#include <gmock/gmock.h>

#include <stdexcept>

namespace sundown {
namespace {

// Variables begin with the name in upper case; what no variable can have is an underscore.
TEST(Program, NamesItsVariables) {
  EXPECT_EQ(program("orders", "1").variable_prefix(), "ORDERS_");
  EXPECT_EQ(program("Orders-EU.v2", "1").variable_prefix(), "ORDERS_EU_V2_");
}

// A name is one that a binary, a host and a Service of Kubernetes can have.
TEST(Program, RefusesOtherNames) {
  for (const auto& name : {std::string("a"), std::string("a_b-c.d9"), std::string(63, 'x')})
    EXPECT_EQ(program(name, "1").name, name);
  for (const auto& name :
       {std::string(), std::string(64, 'x'), std::string("9a"), std::string("-a"), std::string("a b"),
        std::string("a/b"), std::string("a\n"), std::string("\xc3\xa4"), std::string("a\0b", 3)})
    EXPECT_THROW(program(name, "1"), std::invalid_argument) << name;
  try {
    program("or ders", "1");
  } catch (const std::invalid_argument& e) {
    EXPECT_STREQ(e.what(),
                 "the program's name 'or ders' can't be a binary's: it must begin with a letter and have letters, "
                 "digits, '-', '_' and '.' only, 63 at most");
  }
}

// A version is one that a Server field can have.
TEST(Program, RefusesVersionsThatAreNone) {
  EXPECT_EQ(program("orders", "1.2.0-rc.1+g1a2b3c").version, "1.2.0-rc.1+g1a2b3c");
  for (const auto* version : {"", "1 2", "1/2", "1\n", "(1)"})
    EXPECT_THROW(program("orders", version), std::invalid_argument) << version;
}

}  // namespace
}  // namespace sundown
