// A MongoDB that is up and refuses: told, and taken back by itself.
#include "app/notes/mongo_fixture.hpp"

#include <mongoc/mongoc.h>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

/// As the server puts it, with the command that it refuses.
bson_error_t server_error(std::uint32_t code, const char* text) {
  bson_error_t out{};
  bson_set_error(&out, MONGOC_ERROR_SERVER, code, "%s", text);
  return out;
}

error fault(std::uint32_t code, const char* text, std::string& refused) {
  const mongodb::options configured("mongodb://me:password@host", 1s);
  const std::string database = "orders";
  mongodb::connection lease(nullptr, configured, database, 1s, clock::now() + 1s);
  auto out = lease.fault(server_error(code, text), mongodb::access::write);
  refused = lease.refused();
  return out;
}

// What the server would refuse again is its state, in our words: its own may quote a note.
TEST(MongoFault, TellsStatesFromFailures) {
  struct state {
    std::uint32_t code;
    const char* told;
  };
  for (const auto& [code, told] : {state{13, "readWrite"}, state{14031, "disk"}, state{371, "no writes"}}) {
    std::string refused;
    const auto out = fault(code, "not authorized to execute command { update: \"a secret note\" }", refused);
    EXPECT_EQ(out.code, errc::unavailable);
    EXPECT_THAT(refused, AllOf(HasSubstr(told), Not(HasSubstr("secret")))) << code;
    EXPECT_EQ(out.detail, refused);
  }
  for (const std::uint32_t code : {50U, 91U, 189U, 10334U, 11000U}) {
    std::string refused;
    fault(code, "of this operation alone", refused);
    EXPECT_EQ(refused, "") << code;
  }
}

// Who has no user is told to name one, rather than to give it a role; a certificate is a user too.
TEST(MongoFault, TellsNoUserFromALackingRole) {
  const std::string database = "orders";
  const auto told = [&](const char* uri) {
    const mongodb::options configured(uri, 1s, "orders.uri");
    mongodb::connection lease(nullptr, configured, database, 1s, clock::now() + 1s);
    return lease.fault(server_error(13, "requires authentication"), mongodb::access::read).detail;
  };
  EXPECT_THAT(told("mongodb://host/orders"), HasSubstr("it asks for a user (Unauthorized), and orders.uri has none"));
  EXPECT_THAT(told("mongodb://me:s3cret@host/orders"),
              AllOf(HasSubstr("the role readWrite"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(told("mongodb://host/?authMechanism=MONGODB-X509&tls=true"), HasSubstr("the role readWrite"));
}

task<result<int>> refuse(mongodb::client& client) {
  return client.call([](mongodb::connection& lease) -> result<int> {
    return lease.fault(server_error(14031, "no space"), mongodb::access::write);
  });
}

// An operation that the server refuses is told at once; the others go on.
TEST(MongoRefusals, AreToldWhileItStaysUp) {
  SUNDOWN_NEEDS_MONGO();
  const mongo_server server;
  mongo_store_fixture fixture(server.uri());
  ASSERT_FALSE(fixture.worker.run(refuse(*fixture.client)));
  EXPECT_TRUE(eventually(ample, [&] { return !fixture.states.last().empty(); }));
  EXPECT_THAT(fixture.states.all().back(), Pair(true, HasSubstr("disk is full")));
  EXPECT_TRUE(fixture.create("another"));
}

}  // namespace
}  // namespace sundown::test
