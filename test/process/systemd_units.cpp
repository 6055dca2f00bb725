// The units in config/systemd.
#include "app/service.hpp"
#include "config/load.hpp"
#include "config/units.hpp"
#include "support/programs.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace sundown::test {
namespace {

using testing::IsEmpty;

const std::string folder = SUNDOWN_SOURCE_DIR "/config/systemd/";

std::string contents(const std::string& file) {
  std::ostringstream all;
  all << std::ifstream(file).rdbuf();
  return all.str();
}

/// The last value of each setting.
std::map<std::string, std::string> settings_of(const std::string& file) {
  std::map<std::string, std::string> all;
  std::istringstream lines(contents(file));
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    if (!line.starts_with('#') && equals != line.npos) all[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return all;
}

// systemd waits longer than the service takes to stop, whatever is stuck: else its SIGKILL would cut the drain.
TEST(SystemdUnits, WaitLongerThanTheStopTakes) {
  const configuration::key_table keys(program("sundown", SUNDOWN_VERSION), configuration::common_keys(),
                                      app::own_keys().erased());
  const auto shipped = configuration::load(keys, SUNDOWN_SOURCE_DIR "/config/service.toml", {});
  ASSERT_THAT(shipped.faults, IsEmpty());
  const auto limit = configuration::parse_milliseconds(settings_of(folder + "sundown.service")["TimeoutStopSec"]);
  ASSERT_TRUE(limit);
  EXPECT_GE(milliseconds(*limit), shipped.values.common.shutdown.total + 500ms);
}

// The stop waits for both processes of an upgrade: with "mixed" systemd kills the old one when the new one has ended.
TEST(SystemdUnits, StopWaitsForEveryProcess) {
  EXPECT_EQ(settings_of(folder + "sundown.service")["KillMode"], "control-group");
}

// As many restarts as an operator likes: by default systemd refuses a sixth in ten seconds, and then closes the socket.
TEST(SystemdUnits, NoRestartIsOneTooMany) {
  EXPECT_EQ(settings_of(folder + "sundown.service")["StartLimitIntervalSec"], "0");
}

// The socket's name is the one that the service knows it by.
TEST(SystemdUnits, SocketHasTheListenersName) {
  EXPECT_EQ(settings_of(folder + "sundown.socket")["FileDescriptorName"], "http");
}

/// Runs systemd-analyze over copies of the units that name this build's binary; what it complains of.
std::string analyze(std::vector<std::string> arguments, int& code) {
  const temp_dir directory;
  for (const std::string unit : {"sundown.service", "sundown.socket"}) {
    auto text = contents(folder + unit);
    const std::string installed = "/usr/local/bin/sundown";
    if (const auto at = text.find(installed); at != text.npos) text.replace(at, installed.size(), binary_path());
    std::ofstream(directory / unit) << text;
    arguments.push_back((directory / unit).string());
  }
  command what;
  what.program = "/usr/bin/systemd-analyze";
  what.arguments = std::move(arguments);
  what.environment = {"PATH=/usr/bin:/bin"};
  child_process run(what);
  const auto end = run.wait_exit();
  code = end ? end->code : -1;
  run.err().wait_end();
  run.out().wait_end();
  return run.out().text() + run.err().text();
}

// systemd accepts both units, without a warning.
TEST(SystemdUnits, AreValid) {
  if (!std::filesystem::exists("/usr/bin/systemd-analyze"))
    GTEST_SKIP() << "needs systemd-analyze (apt-get install systemd)";
  int code = -1;
  const auto complaints = analyze({"verify"}, code);
  EXPECT_EQ(code, 0) << complaints;
  EXPECT_EQ(complaints.find("sundown"), std::string::npos) << complaints;
}

}  // namespace
}  // namespace sundown::test
