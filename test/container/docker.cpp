#include "container/docker.hpp"

#include "support/testing.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>

namespace sundown::test {
namespace {

std::vector<std::string> operator+(std::vector<std::string> first, std::vector<std::string> second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::string image() {
  const char* given = std::getenv("SUNDOWN_TEST_IMAGE");
  if (given == nullptr) throw std::runtime_error("SUNDOWN_TEST_IMAGE doesn't name the image: run this by ctest");
  return given;
}

}  // namespace

command docker_command(std::vector<std::string> arguments) {
  command what;
  what.program = "/usr/bin/env";
  what.arguments = std::vector<std::string>{"docker"} + std::move(arguments);
  for (char** one = environ; *one != nullptr; ++one) what.environment.emplace_back(*one);
  return what;
}

outcome docker(std::vector<std::string> arguments) {
  const auto said = arguments.front();
  child_process process(docker_command(std::move(arguments)));
  const auto end = process.wait_exit(patience);
  if (!end) throw std::runtime_error("docker " + said + " does not end");
  process.out().wait_end();
  process.err().wait_end();
  return {end->code, process.out().text(), process.err().text()};
}

std::string docker_output(std::vector<std::string> arguments) {
  const auto said = arguments.front();
  auto done = docker(std::move(arguments));
  if (done.code != 0) throw std::runtime_error("docker " + said + ": " + done.err);
  while (!done.out.empty() && done.out.back() == '\n') done.out.pop_back();
  return done.out;
}

container::container(std::vector<std::string> options)
    : id_(docker_output(std::vector<std::string>{"run", "--detach", "--env", "SUNDOWN_DEMO__ENABLED=true"} +
                        std::move(options) + std::vector<std::string>{image()})) {
  const auto address = inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
  http_ = {address, 8080};
  admin_ = {address, 8081};
}

container::~container() {
  try {
    if (testing::Test::HasFailure()) std::cerr << "--- log of the container\n" << log();
    docker({"rm", "--force", "--volumes", id_});
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what();
  }
}

void container::wait_ready() {
  const auto is_ready = [this] { return ask(admin_, get("/ready"), 1s).status == 200; };
  if (!eventually(patience, is_ready)) throw std::runtime_error("the container did not become ready\n" + log());
}

std::size_t container::requests() const {
  const auto status = ask(admin_, get("/status"));
  const std::string mark = "\"requests\":";
  const auto at = status.body.find(mark);
  if (at == std::string::npos) throw std::runtime_error("/status: " + status.describe());
  return std::stoul(status.body.substr(at + mark.size()));
}

std::string container::inspect(const std::string& what) const {
  return docker_output({"inspect", "--format", what, id_});
}

std::string container::log() const {
  const auto all = docker({"logs", id_});
  return all.out + all.err;
}

outcome container::call(std::vector<std::string> verb) const { return docker(std::move(verb) + std::vector{id_}); }

command container::begin(std::vector<std::string> verb) const {
  return docker_command(std::move(verb) + std::vector{id_});
}

void container::wait_stopped() const {
  const auto stopped = [this] { return inspect("{{.State.Running}} {{.State.Restarting}}") == "false false"; };
  if (!eventually(patience, stopped)) throw std::runtime_error("the container did not stop");
}

void expect_stopped(const container& app, int code) {
  EXPECT_EQ(app.inspect("{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}"),
            "exited " + std::to_string(code) + " false");
}

}  // namespace sundown::test
