// A service that keeps its orders in Redis, on the public headers alone: what an author writes with the component.
#include <sundown/http/router.hpp>
#include <sundown/keys.hpp>
#include <sundown/redis.hpp>
#include <sundown/service.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace shop {

using namespace sundown;

struct settings {
  redis::settings redis;
};

/// Orders in a list, and each of them in the cache.
class orders {
 public:
  orders(redis::client& server, cache& front) : server_(server), front_(front) {}

  task<http::response> place(const http::request& request) {
    redis::command push{"RPUSH", "shop:orders", std::string(request.body())};
    const auto number = co_await server_.execute(std::move(push));
    if (!number) co_return http::problem(number.error());
    co_return http::text("order " + number->front().value_or("?") + "\n");
  }

  task<http::response> show(const http::request& request) {
    const std::string number(request.param("number"));
    auto cached = co_await front_.get(number);
    if (cached && cached->value) co_return http::text("cached " + *cached->value + "\n");
    redis::command index{"LINDEX", "shop:orders", number};
    auto found = co_await server_.execute(std::move(index));
    if (!found) co_return http::problem(found.error());
    if (!found->front()) co_return http::problem(404, "There is no such order.");
    if (cached) co_await front_.put(number, *found->front(), std::chrono::minutes(1), cached->lease);
    co_return http::text(*found->front() + "\n");
  }

 private:
  redis::client& server_;
  cache& front_;
};

void build(service& app, const settings& given) {
  auto& server = redis::connect(app, given.redis);
  redis::require(app, server, "start it or mend redis.url");
  redis::share_rate_limit(app, server);
  auto& front = app.add<redis::cache>("cache", server);
  auto& all = app.add<orders>("orders", server, front);
  app.routes().post("/v1/orders", [&](const http::request& request) { return all.place(request); });
  app.routes().get("/v1/orders/{number}", [&](const http::request& request) { return all.show(request); });
}

}  // namespace shop

int main(int argc, char** argv) {
  sundown::keys<shop::settings> own;
  own.include(&shop::settings::redis, sundown::redis::keys());
  return sundown::run<shop::settings>(argc, argv, {"shop", "1.0.0", "Sells."}, own, shop::build);
}
