#include "http/listener.hpp"
#include "http/endless_loop.hpp"

#include <sundown/log.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <new>

namespace sundown::http::detail {
namespace {

// Each errno of accept(2) is one of: this client's, a shortage that passes, the end of the socket.
TEST(AcceptError, IsToldApart) {
  const std::map<accept_fault, std::vector<int>> kinds{
      {accept_fault::of_the_client,
       {ECONNABORTED, EPROTO, EINTR, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
        ENETUNREACH, ETIMEDOUT}},
      {accept_fault::shortage, {EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC, ENOSR}},
      {accept_fault::lost, {EBADF, EINVAL, ENOTSOCK}},
  };
  for (const auto& [kind, numbers] : kinds)
    for (const int number : numbers) EXPECT_EQ(kind_of_accept_error(number), kind) << number;
}

task<> once(int& turns) {
  ++turns;
  co_return;
}
task<> throwing(int& turns) {
  ++turns;
  co_await asio::post(use_task);
  throw std::bad_alloc();
}
task<> forever(asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor>& timer) {
  co_await timer.async_wait(as_result);
}

class EndlessLoop : public testing::Test {
 protected:
  EndlessLoop() { log::set_level(log::level::off); }
  ~EndlessLoop() override { log::set_level(log::level::info); }

  asio::io_context context_{1};
  endless_loop loop_{"a loop"};
};

// Its end is noticed however it comes, and it can be started again.
TEST_F(EndlessLoop, StartsAgainAfterItsEnd) {
  int turns = 0;
  for (int i = 1; i <= 3; ++i) {
    loop_.start(context_.get_executor(), [&] { return i % 2 ? throwing(turns) : once(turns); });
    EXPECT_TRUE(loop_.runs());
    context_.restart();
    context_.run();
    EXPECT_FALSE(loop_.runs());
    EXPECT_EQ(turns, i);
  }
}

// One runs at a time.
TEST_F(EndlessLoop, RunsOnce) {
  int turns = 0;
  loop_.start(context_.get_executor(), [&] { return throwing(turns); });
  loop_.start(context_.get_executor(), [&] { return throwing(turns); });
  context_.run();
  EXPECT_EQ(turns, 1);
}

// What can't begin is not running.
TEST_F(EndlessLoop, SurvivesABeginningWithoutMemory) {
  loop_.start(context_.get_executor(), []() -> task<> { throw std::bad_alloc(); });
  EXPECT_FALSE(loop_.runs());
}

// It may outlive its owner in the context.
TEST(EndlessLoopsFrame, OutlivesItsOwner) {
  asio::io_context context{1};
  asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor> timer(context.get_executor(),
                                                                                     clock::time_point::max());
  {
    endless_loop loop("a loop");
    loop.start(context.get_executor(), [&] { return forever(timer); });
    context.poll();
    EXPECT_TRUE(loop.runs());
  }
}

// Memory that is held is used for one operation at a time, and given back for the next.
TEST(HandlerMemory, ServesOneAtATime) {
  const base::handler_memory memory;
  auto bound = memory.hold([] {});
  auto allocator = bound.get_allocator();
  auto* const first = allocator.allocate(10);
  auto* const second = allocator.allocate(10);
  EXPECT_NE(first, second);
  allocator.deallocate(first, 10);
  EXPECT_EQ(allocator.allocate(20), first);
  auto* const large = allocator.allocate(1000);
  EXPECT_NE(large, first);
  allocator.deallocate(large, 1000);
  allocator.deallocate(second, 10);
  allocator.deallocate(first, 20);
}

}  // namespace
}  // namespace sundown::http::detail
