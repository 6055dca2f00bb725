#include "unit/stop/fakes.hpp"

#include "process/signals.hpp"
#include "support/testing.hpp"

#include <boost/asio/signal_set.hpp>

#include <gmock/gmock.h>

#include <csignal>

namespace sundown::test {
namespace {

using process::signals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

/// Real signals, raised in this process. A busy server keeps the stop from ending until a test lets it.
class stop_signals : public stop_test {
 protected:
  stop_signals() {
    make(stop::make_plan({}));
    server.busy = true;
    stop().drains(server);
    stop().on_last([this] { caught.stop_waiting(); });
  }
  void bind() {
    caught.bind(stop(), [this] { ++reloads; });
  }
  void raise_and_poll(int number) {
    std::raise(number);
    control.poll();
  }
  void finish() {
    server.finish_sessions();
    run();
  }

  signals caught{control, 1s};
  fake_server server{entries};
  int reloads = 0;
};

// SIGTERM starts an orderly stop; repeated, it changes nothing.
TEST_F(stop_signals, SigtermStopsOnce) {
  bind();
  raise_and_poll(SIGTERM);
  EXPECT_TRUE(stop().stopping());
  raise_and_poll(SIGTERM);
  raise_and_poll(SIGTERM);
  finish();
  EXPECT_EQ(stop().result().trigger, "SIGTERM");
  EXPECT_EQ(stop().exit_code(), 0);
  EXPECT_THAT(forced, IsEmpty());
}

// A second SIGINT forces the exit with 130, but not one so soon that it is the same key press.
TEST_F(stop_signals, ASecondSigintForcesTheExit) {
  bind();
  raise_and_poll(SIGINT);
  EXPECT_TRUE(stop().stopping());
  raise_and_poll(SIGINT);
  EXPECT_THAT(forced, IsEmpty());
  control.run_for(1200ms);  // longer than the bounce: time has to pass, there is nothing to wait for
  raise_and_poll(SIGINT);
  EXPECT_THAT(forced, ElementsAre(130));
  EXPECT_EQ(stop().exit_code(), 130);
}

// A SIGINT after a SIGTERM is the first Ctrl-C, no reason to force anything.
TEST_F(stop_signals, SigintAfterSigtermDoesNotForce) {
  bind();
  raise_and_poll(SIGTERM);
  control.run_for(1200ms);
  raise_and_poll(SIGINT);
  EXPECT_THAT(forced, IsEmpty());
  finish();
  EXPECT_EQ(stop().exit_code(), 0);
}

// SIGQUIT is the fast stop.
TEST_F(stop_signals, SigquitStopsFast) {
  bind();
  raise_and_poll(SIGQUIT);
  run();
  EXPECT_THAT(entries, Contains("abort: fast stop"));
  EXPECT_EQ(stop().result().trigger, "SIGQUIT");
}

// SIGHUP reloads, before and while stopping, and never ends anything.
TEST_F(stop_signals, SighupReloads) {
  raise_and_poll(SIGHUP);
  EXPECT_FALSE(caught.stop_requested());
  bind();
  raise_and_poll(SIGHUP);
  EXPECT_EQ(reloads, 1);
  EXPECT_FALSE(stop().stopping());
  raise_and_poll(SIGTERM);
  raise_and_poll(SIGHUP);
  EXPECT_EQ(reloads, 2);
  finish();
}

// SIGPIPE is ignored.
TEST_F(stop_signals, SigpipeIsIgnored) {
  std::raise(SIGPIPE);
  EXPECT_FALSE(caught.stop_requested());
}

// Signals that kill by default and mean nothing here are ignored, once and repeated.
TEST_F(stop_signals, OthersAreIgnored) {
  bind();
  std::vector<int> others{SIGUSR1, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXCPU, SIGXFSZ};
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) others.push_back(number);
  for (const int number : others) {
    raise_and_poll(number);
    raise_and_poll(number);
  }
  EXPECT_FALSE(stop().stopping());
  EXPECT_EQ(reloads, 0);
}

// A stop signal during start-up is remembered: start-up can ask for it.
TEST_F(stop_signals, StartUpCanAskForASignal) {
  EXPECT_FALSE(caught.stop_requested());
  std::raise(SIGTERM);
  EXPECT_TRUE(caught.stop_requested());
  EXPECT_TRUE(caught.stop_requested());
}

// A stop signal that came before bind() is delivered by it.
TEST_F(stop_signals, ARememberedSignalIsDeliveredAtBind) {
  std::raise(SIGINT);
  bind();
  EXPECT_TRUE(stop().stopping());
  finish();
  EXPECT_EQ(stop().result().trigger, "SIGINT");
}

// After the stop has let the context go, a late signal does not end the process.
TEST_F(stop_signals, ALateSignalIsCaught) {
  bind();
  raise_and_poll(SIGTERM);
  finish();
  std::raise(SIGTERM);
  std::raise(SIGHUP);
  EXPECT_EQ(stop().exit_code(), 0);
}

// Signals that have come when the waiting ends, and whose handlers have not: they do nothing, and the context runs out
// of work.
TEST_F(stop_signals, ASignalJustBeforeTheEndIsDropped) {
  bind();
  asio::io_context elsewhere;
  asio::signal_set seen(elsewhere, SIGHUP, SIGUSR2, SIGTERM);
  seen.async_wait([](boost::system::error_code, int) {});
  for (const int number : {SIGHUP, SIGUSR2, SIGTERM, SIGHUP}) std::raise(number);
  elsewhere.run_for(ample);  // Asio hands them to every set from here: those of the control context are queued now
  caught.stop_waiting();
  control.restart();
  control.run_for(ample);
  EXPECT_TRUE(control.stopped()) << "something still waits";
  EXPECT_EQ(reloads, 0);
  EXPECT_FALSE(stop().stopping());
}

}  // namespace
}  // namespace sundown::test
