#include "support/programs.hpp"

#include <cstdlib>
#include <filesystem>

namespace sundown::test {
namespace {

#ifndef SUNDOWN_BINARY
#define SUNDOWN_BINARY ""
#endif
#ifndef SUNDOWN_SAMPLE
#define SUNDOWN_SAMPLE ""
#endif

std::string path_in(const char* variable, const char* otherwise) {
  const char* const given = std::getenv(variable);
  return given ? std::filesystem::absolute(given).string() : otherwise;
}

}  // namespace

std::string binary_path() { return path_in("SUNDOWN_TEST_BINARY", SUNDOWN_BINARY); }
std::string sample_path() { return path_in("SUNDOWN_TEST_SAMPLE", SUNDOWN_SAMPLE); }

service_options test_service(service_options options) {
  if (options.program.empty()) options.program = binary_path();
  options.variable_prefix = "SUNDOWN_";
  options.settings.emplace("demo.enabled", "true");
  return options;
}

service_options sample(service_options options) {
  if (options.program.empty()) options.program = sample_path();
  return test_service(std::move(options));
}

}  // namespace sundown::test
