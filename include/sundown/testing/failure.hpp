#pragma once

#include <string>

namespace sundown::testing {

/// The test framework, as far as this library needs one: it has none of its own.
struct framework {
  void (*fail)(const std::string& why);  ///< the test has failed, and goes on
  bool (*failed)();                      ///< the test that runs has failed already
};

/// From now on failures go to this framework; sundown/testing/googletest.hpp does it for GoogleTest. Without one a
/// failure is written to stderr and ends the program by std::abort(). Call it before the first test.
void report_to(const framework& there);

void fail(const std::string& why);
bool failed();

}  // namespace sundown::testing
