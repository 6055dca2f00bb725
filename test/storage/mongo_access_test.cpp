// Whom a MongoDB server lets in, and by which way: users by SCRAM, and TLS with an authority of our own.
#include "storage/mongo_states.hpp"
#include "support/private_authority.hpp"
#include "support/worker_thread.hpp"

#include <sundown/blocking.hpp>
#include <sundown/mongodb.hpp>
#include <sundown/mongodb/bson.hpp>

#include <gmock/gmock.h>
#include <mongoc/mongoc.h>

#include <memory>
#include <optional>
#include <string>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A command that needs a user where the server has users.
result<void> count_orders(mongodb::connection& lease) {
  mongodb::document command;
  command.text("count", "orders");
  bson_error_t failed{};
  if (mongoc_client_command_simple(lease.client(), "shop", command.get(), nullptr, nullptr, &failed)) return {};
  return lease.fault(failed, mongodb::access::read);
}

/// A client of a server, by its URI.
class mongo_visit {
 public:
  explicit mongo_visit(std::string uri, milliseconds limit = ample)
      : client_({std::move(uri), limit, "orders.uri"}, pool_, states_.listener(), count_orders) {}

  /// What is told in the end: "" if the server lets us in, else why it doesn't. Waits for the expected one.
  std::string outcome(const std::string& expected = {}) {
    std::pair<bool, std::string> last;
    eventually(ample, [&] {
      last = states_.all().back();
      const auto& [up, why] = last;
      return up == expected.empty() && why.find(expected) != std::string::npos && why != "connecting";
    });
    return last.first ? std::string() : last.second;
  }
  milliseconds close() {
    const auto begin = clock::now();
    try {
      worker_.run(client_.close());
    } catch (const std::exception& e) {
      closed_ = e.what();
    }
    return std::chrono::duration_cast<milliseconds>(clock::now() - begin);
  }
  const std::string& closed() const { return closed_; }

 private:
  state_log states_;
  worker_thread worker_;
  blocking_pool pool_{{.threads = 1, .queue = 8}};
  mongodb::client client_;
  std::string closed_;
};

class MongoGuarded : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = mongo_server::guarded_missing(); !why.empty()) GTEST_SKIP() << why;
  }
};

// By SCRAM, in either of its forms: the right password lets us in; whatever is wrong is told with what to mend and no
// secret, and costs the close nothing.
TEST_F(MongoGuarded, LetsUsersInByTheirPassword) {
  mongo_setup setup;
  setup.user = "me";
  setup.password = "s3cret";
  const mongo_server server(setup);
  const std::string refused =
      "the server refuses our user (Authentication failed.): check user, password, authSource and authMechanism in "
      "orders.uri";
  struct login {
    std::string user, options, told;
  };
  for (const auto& [user, options, told] :
       {login{"me:s3cret@", "", ""}, login{"me:s3cret@", "&authMechanism=SCRAM-SHA-1", ""},
        login{"me:s3cret@", "&authMechanism=SCRAM-SHA-256", ""}, login{"me:s3cret-not@", "", refused},
        login{"me:s3cret-not@", "&authMechanism=SCRAM-SHA-1", refused},
        login{"me:s3cret-not@", "&authMechanism=SCRAM-SHA-256", refused}, login{"you:s3cret@", "", refused},
        login{"me:s3cret@", "&authMechanism=PLAIN", "authSource and authMechanism in orders.uri"},
        login{"", "", "it asks for a user (Unauthorized), and orders.uri has none"}}) {
    SCOPED_TRACE(user + options);
    mongo_visit visit(server.uri(user) + "shop?authSource=admin" + options);
    const auto outcome = visit.outcome(told);
    if (told.empty())
      EXPECT_EQ(outcome, "");
    else
      EXPECT_THAT(outcome, AllOf(HasSubstr(told), Not(HasSubstr("s3cret")), Not(HasSubstr("\n"))));
    EXPECT_LT(visit.close(), ample / 2);
    EXPECT_EQ(visit.closed(), "");
  }
  mongo_visit elsewhere(server.uri("me:s3cret@") + "shop");
  EXPECT_THAT(elsewhere.outcome(refused), HasSubstr(refused)) << "its user is in the database admin";
  elsewhere.close();
}

// By TLS: a certificate of the authority in tlsCAFile, for the host in the URI, and nothing else.
TEST_F(MongoGuarded, TrustsAPrivateAuthority) {
  private_authority authority, stranger;
  const auto serve = [&](const certificate_content& content) {
    const auto own = authority.issue(content);
    mongo_setup setup;
    setup.certificate = own.certificate;
    setup.key = own.key;
    return std::make_unique<mongo_server>(setup);
  };
  certificate_content other("other");
  other.names = "DNS:other.example";
  const auto good = serve({}), wrong = serve(other);
  const auto uri = [](const mongo_server& server, const std::string& host, const std::string& ca) {
    return "mongodb://" + host + ':' + std::to_string(server.where().port) + "/shop?tls=true" +
           (ca.empty() ? "" : "&tlsCAFile=" + ca);
  };
  const std::string untrusted = "of an authority that is trusted: tlsCAFile names a private one";
  struct visited {
    std::string uri, told;
  };
  for (const auto& [where, told] :
       {visited{uri(*good, "localhost", authority.ca()), ""}, visited{uri(*good, "127.0.0.1", authority.ca()), ""},
        visited{uri(*good, "localhost", stranger.ca()), untrusted}, visited{uri(*good, "localhost", ""), untrusted},
        visited{uri(*wrong, "localhost", authority.ca()), "for the host in orders.uri"},
        visited{uri(*wrong, "127.0.0.1", authority.ca()), "for the host in orders.uri"},
        visited{good->uri(), "if it speaks TLS there, orders.uri needs tls=true"}}) {
    SCOPED_TRACE(where);
    mongo_visit visit(where);
    const auto outcome = visit.outcome(told);
    if (told.empty())
      EXPECT_EQ(outcome, "");
    else
      EXPECT_THAT(outcome, HasSubstr(told));
    EXPECT_LT(visit.close(), ample / 2);
    EXPECT_EQ(visit.closed(), "");
  }
  EXPECT_TRUE(eventually(ample, [&] { return good->connections() == 0 && wrong->connections() == 0; }));
}

// A server without TLS waits for more of what it takes for a command: it is told, and the stop doesn't wait for it.
TEST_F(MongoGuarded, TellsAServerWithoutTls) {
  SUNDOWN_NEEDS_MONGO();
  const mongo_server server;
  mongo_visit visit(server.uri() + "shop?tls=true", slack(2s));
  const std::string told = "does it speak TLS there, as tls=true in orders.uri says?";
  EXPECT_THAT(visit.outcome(told), HasSubstr(told));
  EXPECT_LT(visit.close(), ample / 2);
}

}  // namespace
}  // namespace sundown::test
