#include "support/sample.hpp"

#include <cstdlib>

namespace sundown::test {

std::string binary_path() {
  if (const char* given = std::getenv("SUNDOWN_TEST_BINARY")) return std::filesystem::absolute(given).string();
#ifdef SUNDOWN_BINARY
  return SUNDOWN_BINARY;
#else
  return {};
#endif
}

service_options sample(service_options options) {
  if (options.program.empty()) options.program = binary_path();
  options.variable_prefix = "SUNDOWN_";
  options.settings.emplace("storage.sqlite.path", "notes.db");
  options.settings.emplace("demo.enabled", "true");
  return options;
}

}  // namespace sundown::test
