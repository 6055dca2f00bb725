#pragma once

#include <sundown/testing/failure.hpp>

#include <gtest/gtest.h>

/// Including this in a file of a test program makes GoogleTest the framework to which sundown::testing reports.
namespace sundown::testing {

inline const bool reports_to_googletest = [] {
  report_to({[](const std::string& why) { ADD_FAILURE() << why; }, [] { return ::testing::Test::HasFailure(); }});
  return true;
}();

}  // namespace sundown::testing
