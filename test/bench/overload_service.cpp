// A service that can be offered more than it can do: /cpu costs 2 ms of its worker, /store 200 ms of a thread of the
// blocking pool. bench.limited puts what a service would under admission there.
#include <sundown/blocking.hpp>
#include <sundown/http/router.hpp>
#include <sundown/keys.hpp>
#include <sundown/program.hpp>
#include <sundown/service.hpp>

#include <chrono>
#include <ctime>
#include <thread>

namespace {

using namespace sundown;
using namespace std::chrono_literals;

struct bench_settings {
  bool limited = false;
};

std::chrono::nanoseconds used() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

http::response compute(const http::request&) {
  for (const auto end = used() + 2ms; used() < end;) {
  }
  return http::text("computed\n");
}

result<int> look_up() {
  std::this_thread::sleep_for(200ms);
  return 1;
}

task<http::response> store(blocking_pool& pool) {
  const auto found = co_await pool.call(look_up, 10s);
  if (!found) co_return http::problem(found.error());
  co_return http::text("found\n");
}

void build(service& app, const bench_settings& given) {
  app.routes().get("/hello", [](const http::request&) { return http::text("Hello, World!"); });
  app.routes().get("/cpu", compute);
  auto stores = app.routes().group("");
  if (given.limited) stores.needs(app.blocking());
  stores.get("/store", [&pool = app.blocking()](const http::request&) { return store(pool); });
}

}  // namespace

int main(int argc, char** argv) {
  keys<bench_settings> own("bench");
  own.flag(&bench_settings::limited, "limited", "/store waits for room in the pool");
  return sundown::run(argc, argv, {"overload", "0", "What is measured under overload."}, own, build);
}
