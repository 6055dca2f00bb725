#pragma once

#include "support/testing.hpp"

#include <string>

namespace sundown::test {

/// The sample's binary: $SUNDOWN_TEST_BINARY, or the one of this build.
std::string binary_path();

/// These options for the sample: its binary unless they name a program, the database in the directory that it runs in,
/// the demo routes.
service_options sample(service_options options = {});

}  // namespace sundown::test
