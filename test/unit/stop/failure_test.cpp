#include "log/failure.hpp"
#include "process/worker_pool.hpp"
#include "support/testing.hpp"

#include <sundown/log.hpp>

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <new>
#include <stdexcept>

namespace sundown::stop {
namespace {

using namespace std::chrono_literals;
using process::worker_pool;
namespace asio = boost::asio;

// Shortages of the system are told from bugs, whichever library has thrown them.
TEST(Failure, IsAShortageOrABug) {
  EXPECT_TRUE(log::is_shortage(std::make_exception_ptr(std::bad_alloc())));
  EXPECT_TRUE(log::is_shortage(std::make_exception_ptr(std::bad_array_new_length())));
  for (const int number : {ENOMEM, ENOBUFS, EMFILE, ENFILE, ENOSPC, EAGAIN}) {
    EXPECT_TRUE(log::is_shortage(std::make_exception_ptr(std::system_error(number, std::generic_category()))));
    EXPECT_TRUE(log::is_shortage(std::make_exception_ptr(std::system_error(number, std::system_category()))));
    const boost::system::error_code code(number, boost::system::system_category());
    EXPECT_TRUE(log::is_shortage(std::make_exception_ptr(boost::system::system_error(code))));
  }
  EXPECT_FALSE(log::is_shortage(std::make_exception_ptr(std::system_error(EBADF, std::generic_category()))));
  EXPECT_FALSE(log::is_shortage(std::make_exception_ptr(std::logic_error("a bug"))));
  EXPECT_FALSE(log::is_shortage(std::make_exception_ptr(1)));
}

// A shortage in a handler is no failure of the service: the worker goes on, and only a bug is told.
TEST(Failure, OfMemoryLeavesTheWorkerWorking) {
  log::set_level(log::level::off);
  std::atomic<int> told{0};
  worker_pool workers(1, [&](const std::string&) { ++told; });
  workers.start();
  asio::post(workers.context(0), [] { throw std::bad_alloc(); });
  asio::post(workers.context(0), [] { throw std::system_error(EMFILE, std::generic_category()); });
  std::promise<void> done;
  asio::post(workers.context(0), [&] { done.set_value(); });
  EXPECT_EQ(done.get_future().wait_for(test::ample), std::future_status::ready);
  EXPECT_EQ(told, 0);
  asio::post(workers.context(0), [] { throw std::logic_error("a bug"); });
  EXPECT_TRUE(workers.join(clock::now() + test::ample).empty());
  EXPECT_EQ(told, 1);
  log::set_level(log::level::info);
}

// Whoever is told may fail himself.
TEST(Failure, OfTheListenerToFailuresIsCaught) {
  log::set_level(log::level::off);
  worker_pool workers(1, [](const std::string&) { throw std::runtime_error("deaf"); });
  workers.start();
  asio::post(workers.context(0), [] { throw std::logic_error("a bug"); });
  EXPECT_TRUE(workers.join(clock::now() + test::ample).empty());
  log::set_level(log::level::info);
}

}  // namespace
}  // namespace sundown::stop
