#include "storage/redis/reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sundown::test {
namespace {

using redis::fit_for_the_parser;

// Answers as a server gives them fit, however much of the last one has come.
TEST(RedisReader, TakesAnswersInPart) {
  const std::string answers =
      "+OK\r\n$5\r\na\r\nbc\r\n*2\r\n:1\r\n_\r\n%1\r\n+a\r\n$0\r\n\r\n-ERR "
      "no\r\n!3\r\nERR\r\n=5\r\ntxt:a\r\n>1\r\n+a\r\n";
  for (std::size_t size = 0; size <= answers.size(); ++size)
    EXPECT_TRUE(fit_for_the_parser(std::string_view(answers).substr(0, size), 100)) << size;
}

// Sizes over the limit, missing or unknown ones don't, wherever they are.
TEST(RedisReader, RefusesSizes) {
  for (const std::string line : {"$101", "!101", "=101", "*101", "%101", "~101", ">101", "|101", "$", "*", "$?", "$-1",
                                 "$1x", "$ 1", "$99999999999999999999", ";4", ""}) {
    EXPECT_FALSE(fit_for_the_parser(line + "\r\n", 100)) << line;
    EXPECT_FALSE(fit_for_the_parser("*2\r\n$3\r\n\r\n$\r\n" + line + "\r\n", 100)) << line;
    EXPECT_TRUE(fit_for_the_parser("$" + std::to_string(line.size()) + "\r\n" + line + "\r\n", 100)) << line;
  }
}

}  // namespace
}  // namespace sundown::test
