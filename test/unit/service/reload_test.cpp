#include "service/reload.hpp"

#include <sundown/log.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

namespace sundown::test {
namespace {

using namespace std::chrono_literals;

/// A configuration that is read when the test lets it.
class reloads : public testing::Test {
 protected:
  reloads() { log::set_level(log::level::off); }
  ~reloads() override { log::set_level(log::level::info); }

  std::unique_ptr<serving::reload> make(std::chrono::milliseconds limit = 1h) {
    auto one = std::make_unique<serving::reload>(
        control,
        [this] {
          started.release();
          file.acquire();
          ++loads;
          return configuration::loaded{{}, {}, {}};
        },
        limit);
    one->bind({[this] { ++began; }, [this](const configuration::settings&) { ++read; }, [this] { ++ended; }});
    return one;
  }
  void run_until(const std::atomic<int>& count, int enough) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (count < enough && std::chrono::steady_clock::now() < limit) {
      control.restart();
      control.run_for(5ms);
    }
    EXPECT_EQ(count, enough);
  }

  /// Until the thread has come back, and a moment longer, for what it may still say.
  void wait_back(const serving::reload& one) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (one.left_behind() && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    EXPECT_FALSE(one.left_behind());
    control.restart();
    control.run_for(20ms);
  }

  boost::asio::io_context control;
  std::counting_semaphore<> started{0}, file{0};
  std::atomic<int> loads{0}, began{0}, read{0}, ended{0};
};

// What is asked for while one is under way is one more afterwards, however often.
TEST_F(reloads, OneMoreAfterwardsHoweverOften) {
  const auto reload = make();
  for (int i = 0; i < 100; ++i) reload->begin();
  started.acquire();
  EXPECT_TRUE(reload->left_behind());
  file.release(10);
  run_until(ended, 2);
  control.restart();
  control.run_for(20ms);
  EXPECT_EQ(loads, 2);
  EXPECT_EQ(began, 2);
  EXPECT_EQ(read, 2);
  wait_back(*reload);
}

// A file that doesn't answer is given up, what it says later counts no more, and meanwhile there is no second thread.
TEST_F(reloads, GivenUpWhenTheFileDoesNotAnswer) {
  const auto reload = make(1s);
  reload->begin();
  run_until(ended, 1);
  EXPECT_EQ(read, 0);
  reload->begin();
  EXPECT_EQ(began, 1);
  file.release();
  run_until(loads, 1);
  wait_back(*reload);
  EXPECT_EQ(read, 0);
  file.release();
  reload->begin();
  run_until(read, 1);
}

// Once it has stopped waiting nothing keeps the control context from running out of work, and nothing comes of it.
TEST_F(reloads, StopsWaiting) {
  const auto reload = make();
  reload->begin();
  started.acquire();
  reload->stop_waiting();
  control.run_for(10s);
  EXPECT_TRUE(control.stopped());
  file.release();
  wait_back(*reload);
  EXPECT_EQ(ended, 0);
}

// One that is asked for after that is none.
TEST_F(reloads, NoneAfterItHasStoppedWaiting) {
  const auto reload = make();
  reload->stop_waiting();
  reload->begin();
  EXPECT_EQ(began, 0);
  control.run_for(10s);
  EXPECT_TRUE(control.stopped());
  EXPECT_FALSE(reload->left_behind());
}

}  // namespace
}  // namespace sundown::test
