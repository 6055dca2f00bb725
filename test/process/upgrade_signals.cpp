// Signals that come while an upgrade in place is under way, at any moment of it.
#include "process/lineage.hpp"

#include <thread>

namespace sundown::test {
namespace {

// A stop within the first milliseconds of an upgrade ends both processes, as any other stop does.
TEST(UpgradeSignals, StopAtAnyMoment) {
  using namespace std::chrono;
  for (int i = 0; i < 24 && !testing::Test::HasFailure(); ++i) {
    const auto offset = microseconds(i < 16 ? i * 250 : i * i * 40);
    SCOPED_TRACE("SIGTERM " + std::to_string(offset.count()) + " us after SIGUSR2");
    lineage app(with(patient()));
    app.signal(SIGUSR2);
    std::this_thread::sleep_for(offset);
    app.first().signal(SIGTERM);
    const auto end = app.first().wait_exit();
    ASSERT_TRUE(end) << app.first().log();
    EXPECT_EQ(end->code, 0) << end->describe();
    EXPECT_LE(end->after_signal, promptly) << end->describe();
    app.end_of_all(SIGTERM);
  }
}

// Other signals in that moment change nothing: the upgrade comes to its end, and one process serves.
TEST(UpgradeSignals, OthersInTheMoment) {
  for (int i = 0; i < 6 && !testing::Test::HasFailure(); ++i) {
    lineage app;
    app.signal(SIGUSR2);
    for (int k = 0; k < 20; ++k) {
      app.signal(k % 3 == 0 ? SIGHUP : k % 3 == 1 ? SIGUSR2 : SIGUSR1);
      std::this_thread::sleep_for(std::chrono::microseconds(100 + 300 * i));
    }
    const auto end = app.first().wait_exit();
    ASSERT_TRUE(end) << app.first().log();
    EXPECT_EQ(end->code, 0) << end->describe();
    EXPECT_EQ(ask(app.http(), get("/hello")).status, 200);
    EXPECT_TRUE(eventually(ample, [&] { return app.members().size() == 1; })) << "a process is left";
    app.end_of_all(SIGTERM);
    EXPECT_TRUE(app.out().wait_end());
    EXPECT_EQ(app.count("upgrade: started the new process"), 1U);
  }
}

}  // namespace
}  // namespace sundown::test
