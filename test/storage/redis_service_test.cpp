// A service of somebody else's that stands on the component: it has never heard of what the sample keeps.
#include "storage/redis_fixture.hpp"
#include "support/testing.hpp"

#include <map>

#include <signal.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class RedisShop : public redis_test {
 protected:
  void start(std::map<std::string, std::string> variables) {
    std::map<std::string, std::string> all{{"SHOP_HTTP__PORT", "0"},
                                           {"SHOP_ADMIN__PORT", "0"},
                                           {"SHOP_HTTP__WORKERS", "2"},
                                           {"SHOP_LOG__FORMAT", "json"},
                                           {"SHOP_REDIS__TIMEOUT", "10s"}};  // a busy machine is no fault of the server
    for (const auto& [name, value] : variables) all[name] = value;
    command what = service_command({.program = REDIS_SHOP_BINARY}, folder_.path());
    for (const auto& [name, value] : all) what.environment.push_back(name + "=" + value);
    process_.emplace(what);
  }
  void wait_ready() {
    const auto found = wait_ready_line(process_->out());
    ASSERT_TRUE(found) << written();
    where_ = *found;
  }
  int end() {
    const auto ended = process_->wait_exit();
    process_->out().wait_end();
    process_->err().wait_end();
    return ended ? ended->code : -1;
  }
  std::string written() const { return process_->out().text() + process_->err().text(); }
  std::string readiness() { return ask(where_.admin, get("/ready")).body; }

  temp_dir folder_;
  std::optional<child_process> process_;
  service_endpoints where_;
};

// Commands, cache and rate limit work; the stop closes the client by its name.
TEST_F(RedisShop, KeepsOrders) {
  start({{"SHOP_REDIS__URL", server->url()},
         {"SHOP_HTTP__RATE_LIMIT__REQUESTS", "5"},
         {"SHOP_HTTP__RATE_LIMIT__WINDOW", "1h"}});
  wait_ready();
  EXPECT_EQ(ask(where_.http, post("/v1/orders", "a book", "text/plain")).body, "order 1\n");
  EXPECT_EQ(ask(where_.http, get("/v1/orders/0")).body, "a book\n");
  EXPECT_EQ(ask(where_.http, get("/v1/orders/0")).body, "cached a book\n");
  EXPECT_EQ(ask(where_.http, get("/v1/orders/7")).status, 404);
  EXPECT_EQ(ask(where_.http, get("/v1/orders/0")).status, 200);
  EXPECT_EQ(ask(where_.http, get("/v1/orders/0")).status, 429);
  EXPECT_EQ(server->ask({"GET", "shop:rate:127.0.0.1"}).front(), "6");
  EXPECT_EQ(server->ask({"GET", "shop:cache:{0}"}).front(), "a book");
  process_->signal(SIGTERM);
  EXPECT_EQ(end(), 0) << written();
  EXPECT_THAT(written(), HasSubstr(R"({"name":"redis","result":"closed")"));
}

// While the server is away the service is degraded, not down, and says so by the part's name.
TEST_F(RedisShop, IsDegradedWithoutTheServer) {
  start({{"SHOP_REDIS__URL", server->url()}});
  wait_ready();
  server->kill();
  EXPECT_TRUE(eventually(ample, [&] { return readiness().find("\"degraded\":[\"redis: ") != std::string::npos; }));
  EXPECT_EQ(ask(where_.admin, get("/ready")).status, 200);
  EXPECT_EQ(ask(where_.http, get("/v1/orders/0")).status, 503);
  server->start();
  EXPECT_TRUE(eventually(ample, [&] { return readiness().find("degraded") == std::string::npos; }));
  EXPECT_EQ(ask(where_.http, get("/v1/orders/0")).status, 404);
  process_->signal(SIGTERM);
  EXPECT_EQ(end(), 0) << written();
}

// A start that needs the server fails without it, with the service's own advice.
TEST_F(RedisShop, NeedsTheServerAtTheStart) {
  const auto url = server->url();
  server->kill();
  start({{"SHOP_REDIS__URL", url}});
  EXPECT_EQ(end(), 1);
  EXPECT_THAT(written(), HasSubstr("no Redis to be used at 127.0.0.1:"));
  EXPECT_THAT(written(), HasSubstr("start it or mend redis.url"));
}

// So does one whose server does not let it in: with what is to be mended, and no secret.
TEST_F(RedisShop, NeedsToBeLetInAtTheStart) {
  redis_server guarded({.password = "right", .users = {"me on >s3cret ~* +@all"}});
  start({{"SHOP_REDIS__URL", "redis://me:s3cret-not@127.0.0.1:" + std::to_string(guarded.where().port)}});
  EXPECT_EQ(end(), 1);
  EXPECT_THAT(written(), HasSubstr("WRONGPASS: it refuses our user name or password: mend them in the URL"));
  EXPECT_THAT(written(), Not(HasSubstr("s3cret")));
}

// The component's keys are the service's own: in its section, checked as a whole, masked.
TEST_F(RedisShop, HasTheKeys) {
  start({{"SHOP_REDIS__URL", "redis://:hunter2@one,two"}});
  EXPECT_EQ(end(), 2);
  EXPECT_THAT(written(),
              HasSubstr("SHOP_REDIS__URL: redis.url is no URL of a Redis server: it has more than one host"));
  EXPECT_THAT(written(), Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace sundown::test
