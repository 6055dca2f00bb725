#pragma once

#include "support/testing.hpp"

#include <string>

namespace sundown::test {

/// The binary of the library's test service (test/service): $SUNDOWN_TEST_BINARY, or the one of this build.
std::string binary_path();
/// The binary of the sample service: $SUNDOWN_TEST_SAMPLE, or the one of this build.
std::string sample_path();

/// These options for the test service, unless they name a program; with the demo routes.
service_options test_service(service_options options = {});
/// The same for the sample.
service_options sample(service_options options = {});

}  // namespace sundown::test
