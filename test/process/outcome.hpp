#pragma once

#include "process/scenario.hpp"

#include <fstream>
#include <string_view>

namespace sundown::test {

struct outcome {
  int code;
  std::string out, err;
};

/// Runs the binary to its end.
inline outcome run_to_end(const service_options& options) {
  service app(options);
  const auto end = app.wait_exit();
  if (!end) throw std::runtime_error("it did not exit\n" + app.log());
  app.process().out().wait_end();
  app.process().err().wait_end();
  return {end->code, app.process().out().text(), app.process().err().text()};
}

inline outcome run_to_end(service_options options, std::vector<std::string> arguments) {
  options.arguments = std::move(arguments);
  return run_to_end(options);
}

/// All that it says at a start that must fail with 1.
inline std::string failed_start(const service_options& options) {
  const auto [code, out, err] = run_to_end(options);
  EXPECT_EQ(code, 1) << out << err;
  return out + err;
}

/// A configuration file.
class configuration_file {
 public:
  explicit configuration_file(std::string_view text) { std::ofstream(path()) << text; }
  std::string path() const { return (directory_ / "service.toml").string(); }

 private:
  temp_dir directory_;
};

}  // namespace sundown::test
