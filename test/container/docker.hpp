#pragma once

#include "support/testing.hpp"

#include <string>
#include <vector>

/// The image under test in the engine that $DOCKER_HOST names (see the script `engine`), through docker's own client.
namespace sundown::test {

/// How long an engine may take for something that takes it a moment.
inline constexpr auto patience = 60s;

/// `docker ARGUMENTS...`, started.
command docker_command(std::vector<std::string> arguments);

struct outcome {
  int code = -1;
  std::string out, err;
};
/// `docker ARGUMENTS...`, to its end. Throws if there is none in a minute.
outcome docker(std::vector<std::string> arguments);
/// Its output, without the newline at the end. Throws if it fails.
std::string docker_output(std::vector<std::string> arguments);

/// The image, run with these options of `docker run` and the demo routes, on the engine's bridge: no port is published,
/// a client talks to the container's own address. Removed with the object.
class container {
 public:
  explicit container(std::vector<std::string> options = {});
  container(const container&) = delete;
  container& operator=(const container&) = delete;
  ~container();

  /// Waits for /ready; throws if it doesn't come.
  void wait_ready();
  const endpoint& http() const { return http_; }
  const endpoint& admin() const { return admin_; }
  /// Requests that are being answered.
  std::size_t requests() const;

  /// What `docker inspect` says, by a Go template: "{{.State.ExitCode}}".
  std::string inspect(const std::string& what) const;
  std::string log() const;
  /// `docker VERB ... NAME`, with how it ended and what it said.
  outcome call(std::vector<std::string> verb) const;
  /// The same, begun: for what happens meanwhile.
  command begin(std::vector<std::string> verb) const;
  /// Waits until the container has stopped.
  void wait_stopped() const;

 private:
  std::string id_;
  endpoint http_, admin_;
};

/// It stopped by itself with this exit code: no signal killed it, nor the kernel for want of memory.
void expect_stopped(const container& app, int code);

}  // namespace sundown::test
