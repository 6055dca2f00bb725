#pragma once

#include "app/notes/posting.hpp"
#include "process/stop_report.hpp"
#include "support/mongo_server.hpp"
#include "support/redis_server.hpp"
#include "support/testing.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace sundown::test {

/// The service with its notes in MongoDB and its cache and events in Redis, both reached over a network that may fail.
class both_servers : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = mongo_server::missing(); !why.empty()) GTEST_SKIP() << why;
    if (const auto why = redis_missing(); !why.empty()) GTEST_SKIP() << why;
    mongo.emplace();
    redis.emplace(redis_setup{.password = {}, .durable = true});
    to_mongo.emplace(mongo->where());
    to_redis.emplace(redis->where());
  }

  service_options options(settings more = {}) const {
    more.emplace("SUNDOWN_STORAGE__MONGODB__URI", mongo_server::uri_of(to_mongo->where()));
    more.emplace("SUNDOWN_STORAGE__REDIS__URL", "redis://" + to_redis->text());
    return sample(with(std::move(more)));
  }
  /// Waits until it is ready and misses nothing.
  static void wait_connected(const service& app) {
    const auto is_whole = [&] {
      const auto ready = ask(app.admin(), get("/ready"));
      return ready.status == 200 && ready.body.find("degraded") == std::string::npos;
    };
    if (!eventually(ample, is_whole)) throw std::runtime_error("it has not found its servers\n" + app.log());
  }
  void freeze() {
    mongo->freeze();
    redis->freeze();
  }
  void thaw() {
    mongo->thaw();
    redis->thaw();
  }
  /// All that the stream of events holds.
  std::set<std::string> published() const {
    const auto all = redis->ask({"XRANGE", "sundown:note-events", "-", "+"});
    return {all.begin(), all.end()};
  }

  std::optional<mongo_server> mongo;
  std::optional<redis_server> redis;
  std::optional<fault_proxy> to_mongo, to_redis;
};

}  // namespace sundown::test
