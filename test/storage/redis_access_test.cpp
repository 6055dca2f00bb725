// Whom a Redis server lets in, and what it is at all: users by ACL, and a Sentinel in its place.
#include "base/program_name.hpp"
#include "storage/redis_watcher.hpp"

namespace sundown::test {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

/// What docs/storage.md says that the client and its cache need.
const std::string our_keys = "on >s3cret ~" + std::string(base::program_name()) + ":* ";
const std::string needed = our_keys + "+get +getrange +set +del +eval +incr +pttl +pexpire +xadd +select";

struct user {
  const char* name;
  std::string permissions;  ///< of the user "me", whose password is "s3cret"
  std::string login;
  const char* told;  ///< of it all, or "" where nothing is wrong
};

void PrintTo(const user& one, std::ostream* out) { *out << one.name; }

class RedisUsers : public redis_test, public testing::WithParamInterface<user> {
 protected:
  void SetUp() override {
    how.users = {"me " + GetParam().permissions};
    how.password = "s3cret-too";
    redis_test::SetUp();
  }
};

// A user by ACL works with what the documentation asks for, and whatever is missing is told with what to do, once, and
// without a secret.
TEST_P(RedisUsers, WorkOrAreTold) {
  const std::string told = GetParam().told;
  watcher one("redis://" + GetParam().login + proxy->text() + "/1");
  redis::cache cache(one.session.client, {});
  one.session.begin();
  if (told.empty()) {
    ASSERT_TRUE(one.wait_well()) << one.told();
    auto& worker = one.session.worker;
    const auto miss = worker.run(cache.get("key"));
    ASSERT_TRUE(miss);
    ASSERT_TRUE(worker.run(cache.put("key", "value", 1min, miss->lease)).value());
    EXPECT_EQ(worker.run(cache.get("key")).value().value, "value");
  } else {
    EXPECT_TRUE(one.wait_told(told)) << one.told();
  }
  one.session.end();
  EXPECT_THAT(one.session.seen(), Each(Pair(testing::_, Not(HasSubstr("s3cret")))));
  EXPECT_LE(one.session.seen().size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    Real, RedisUsers,
    testing::Values(user{"with_all_that_is_needed", needed, "me:s3cret@", ""},
                    user{"wrong_password", needed, "me:s3cret-not@",
                         "WRONGPASS: it refuses our user name or password: mend them in the URL"},
                    user{"unknown", needed, "you:s3cret@", "WRONGPASS"},
                    user{"switched_off", needed + " off", "me:s3cret@", "WRONGPASS"},
                    user{"nobody", needed, "",
                         "NOAUTH: it asks for a password: give one in the URL, redis://user:password@host"},
                    user{"may_not_write", our_keys + "+get +getrange +select", "me:s3cret@",
                         "NOPERM: our user lacks a permission, which ACL SETUSER gives (+command), for DEL, EVAL, SET"},
                    user{"may_not_run_scripts", our_keys + "+@all -eval", "me:s3cret@", "(+command), for EVAL"},
                    user{"may_not_select", our_keys + "+@all -select", "me:s3cret@", "NOPERM: our user lacks"},
                    user{"may_not_touch_the_keys", needed + " resetkeys ~orders:*", "me:s3cret@",
                         "NOPERM: our user may not touch the keys, which ACL SETUSER lets it (~pattern), for "}),
    [](const auto& one) { return std::string(one.param.name); });

class RedisSentinel : public redis_test {};

// A Sentinel takes connections and knows none of our commands: it is told for what it is, once, and its name is tried
// on, in case that it leads to a server later.
TEST_F(RedisSentinel, IsToldForWhatItIs) {
  const redis_sentinel sentinel(*server);
  proxy->lead_to(sentinel.where());
  watcher one(proxy_url());
  one.session.begin();
  EXPECT_TRUE(one.wait_told("it is a Sentinel, which keeps no data: the URL must lead to the primary")) << one.told();
  EXPECT_FALSE(one.session.client.up());
  ASSERT_TRUE(eventually(ample, [&] { return proxy->accepted() >= 2; }));
  EXPECT_EQ(one.session.seen().size(), 1U);
  proxy->lead_to(server->where());
  EXPECT_TRUE(one.wait_well());
}

// In another database as well, where SELECT would be refused first.
TEST_F(RedisSentinel, IsToldBeforeItRefusesADatabase) {
  const redis_sentinel sentinel(*server);
  watcher one("redis://127.0.0.1:" + std::to_string(sentinel.where().port) + "/3");
  one.session.begin();
  EXPECT_TRUE(one.wait_told("it is a Sentinel")) << one.told();
}

}  // namespace
}  // namespace sundown::test
