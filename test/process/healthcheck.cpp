// `sundown healthcheck`, as an image's HEALTHCHECK runs it: the same binary with the service's own settings.
#include "process/listening_socket.hpp"
#include "process/scenario.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct verdict {
  int code;
  std::string err;
  milliseconds took;
};

/// Asks with the settings of a service whose admin listener is at this address and port.
verdict healthcheck(const std::string& address, std::uint16_t port) {
  auto options = with({{"SUNDOWN_ADMIN__ADDRESS", address}, {"SUNDOWN_ADMIN__PORT", std::to_string(port)}});
  options.arguments = {"healthcheck"};
  const auto began = clock::now();
  service asked(options);
  const auto end = asked.wait_exit();
  if (!end) throw std::runtime_error("it did not exit");
  asked.process().err().wait_end();
  return {end->code, asked.process().err().text(), between(began, end->at)};
}

// A service that runs is healthy, and nothing is said.
TEST(Healthcheck, AcceptsAServiceThatLives) {
  running app;
  const auto got = healthcheck("127.0.0.1", app.admin().port);
  EXPECT_EQ(got.code, 0);
  EXPECT_EQ(got.err, "");
}

// A service that listens on every address is asked on loopback.
TEST(Healthcheck, AsksAWildcardAddressOnLoopback) {
  running four(with({{"SUNDOWN_ADMIN__ADDRESS", "0.0.0.0"}}));
  EXPECT_EQ(healthcheck("0.0.0.0", four.admin().port).code, 0);
  running six(with({{"SUNDOWN_ADMIN__ADDRESS", "::"}}));
  EXPECT_EQ(healthcheck("::", six.admin().port).code, 0);
}

// A service that drains is not ready but healthy: whoever kills the unhealthy must let it finish.
TEST(Healthcheck, AcceptsAServiceThatDrains) {
  running app;
  held_requests requests(app.http(), 1);
  ASSERT_TRUE(app.wait_all_read());
  stop(app, SIGTERM);
  EXPECT_EQ(healthcheck("127.0.0.1", app.admin().port).code, 0);
  requests.finish();
  expect_exit(app, 0, ample);
}

// Where nobody listens it is unhealthy at once, with one line that says where and why.
TEST(Healthcheck, RefusesAPortWithoutAService) {
  const listening_socket nobody(0, false);  // a port that is nobody else's either
  const auto port = nobody.where().port;
  const auto got = healthcheck("127.0.0.1", port);
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, AllOf(HasSubstr("127.0.0.1:" + std::to_string(port)), HasSubstr("refused")));
  EXPECT_EQ(std::ranges::count(got.err, '\n'), 1);
}

// A service that doesn't answer is unhealthy after two seconds, before an engine's limit of three kills the check.
TEST(Healthcheck, DoesNotWaitForAServiceThatHangs) {
  const auto took = fastest(slack(2900ms), [] {
    const listening_socket hangs;
    const auto got = healthcheck("127.0.0.1", hangs.where().port);
    EXPECT_EQ(got.code, 1);
    EXPECT_THAT(got.err, HasSubstr("no answer in time"));
    EXPECT_GE(got.took, 1900ms);
    return got.took;
  });
  EXPECT_LE(took, slack(2900ms));
}

// The file of a service that runs may be spoilt or gone: what counts is where its admin listener is, and an engine must
// never see a 2.
TEST(Healthcheck, JudgesByTheAdminListenerAlone) {
  running app;
  const temp_dir directory;
  const auto path = (directory.path() / "service.toml").string();
  const auto port = "port = " + std::to_string(app.admin().port) + "\n";
  const struct {
    std::string text;
    int code;
  } table[] = {{"[admin]\n" + port, 0},
               {"[admin]\n" + port + "[http]\nprot = 1\n", 0},
               {"[admin]\n" + port + "[shutdown]\ndrain = \"1h\"\n[storage.redis]\nurl = \"redis://h:0\"\n", 0},
               {"[admin]\n" + port + port, 1},
               {"[admin\n" + port, 1}};
  auto options = service_options{};
  options.unset = {"SUNDOWN_ADMIN__PORT"};
  options.arguments = {"healthcheck", "--config", path};
  const auto judged = [&options] {
    service asked(options);
    const auto end = asked.wait_exit();
    return end ? end->code : -1;
  };
  for (const auto& [text, code] : table) {
    std::ofstream(path) << text;
    EXPECT_EQ(judged(), code) << text;
  }
  std::filesystem::remove(path);
  EXPECT_EQ(judged(), 1);
  options.arguments.push_back("--nonsense");
  EXPECT_EQ(judged(), 1);
}

// A port that is any free one can't be asked, nor an address that is none.
TEST(Healthcheck, SaysWhyItCannotAsk) {
  const auto any = healthcheck("127.0.0.1", 0);
  EXPECT_EQ(any.code, 1);
  EXPECT_THAT(any.err, HasSubstr("admin.port"));
  const auto none = healthcheck("localhost", 8081);
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("admin.address"));
  EXPECT_EQ(healthcheck("fe80::1%nosuchlink", 8081).code, 1);
}

}  // namespace
}  // namespace sundown::test
