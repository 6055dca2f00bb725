// No note is lost where one process takes over from another.
#include "process/lineage.hpp"
#include "process/listening_socket.hpp"
#include "process/steady_load.hpp"

#include <gmock/gmock.h>

namespace sundown::test {
namespace {

using testing::IsEmpty;

write_request a_note() { return {post("/v1/notes", R"({"title":"note","body":"written under load"})"), 201}; }

void expect_stored(const endpoint& where, const std::vector<std::string>& locations) {
  EXPECT_FALSE(locations.empty());
  for (const auto& location : locations) EXPECT_EQ(ask(where, get(location)).status, 200) << location;
}

// Twenty upgrades under load: nobody loses anything, and each note that was acknowledged is there, though at times two
// processes have the database open.
TEST(UpgradeOfNotes, TwentyLoseNothing) {
  // Without access lines: two processes write into one pipe, and in one that is full they'd tear each other's blocks.
  // How long a stop takes is not the question here.
  lineage app(sample(with({{"SUNDOWN_LOG__ACCESS", "false"}, {"SUNDOWN_SHUTDOWN__TOTAL", "60s"}})));
  steady_load load(app.http(), app.admin(), a_note());
  twenty_times(load, app.first(), [&] { app.upgrade(); });
  EXPECT_TRUE(load.go_on(50));
  load.stop();
  EXPECT_THAT(load.losses(), IsEmpty());
  expect_stored(app.http(), load.locations());
  app.signal(SIGTERM);
  EXPECT_EQ(app.exit_code(), 0);
}

// Twenty restarts under load with sockets that somebody else has opened: each acknowledged note is there.
TEST(SocketActivationOfNotes, RestartsLoseNothing) {
  const listening_socket http, admin;
  auto options = sample(with({{"SUNDOWN_SHUTDOWN__TOTAL", "60s"}}));
  options.descriptors = {http.fd(), admin.fd()};
  running app(options);
  steady_load load(http.where(), admin.where(), a_note());
  twenty_times(load, app, [&] { stop_and_restart(app); });
  load.stop();
  EXPECT_THAT(load.losses_but_probes(), IsEmpty());
  expect_stored(http.where(), load.locations());
}

}  // namespace
}  // namespace sundown::test
