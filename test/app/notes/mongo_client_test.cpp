#include "app/notes/mongo_fixture.hpp"
#include "base/program_name.hpp"
#include "support/kept_spans.hpp"

#include <sundown/stop/closable.hpp>

#include <boost/system/system_error.hpp>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

static_assert(stop::closable<mongodb::client>);
static_assert(stop::tells_what_it_waits_for<mongodb::client>);

task<> nothing() { co_return; }

/// What the constructor's startup_error says, or "" if it takes the URI.
std::string uri_fault(const std::string& uri) {
  blocking_pool pool({.threads = 1, .queue = 1});
  try {
    mongodb::client client(
        {uri, 2s, "storage.mongodb.uri"}, pool, [](bool, const std::string&) {}, [](auto&) { return result<void>(); });
    return {};
  } catch (const startup_error& e) {
    return e.what();
  }
}

// A URI that can't be read is refused with what to do, and without the password, however broken the URI is.
TEST(MongoStart, RefusesABrokenUri) {
  for (const auto* uri : {"mongodb://", "mongodb://host:port/", "mongodb://me:hunter2@host:99999/",
                          "mongodb://me:hunt/er2@host/", "mongodb://me:hunter2%@host/", "mongodb://me:hunter2@"}) {
    const auto fault = uri_fault(uri);
    EXPECT_THAT(fault, AllOf(HasSubstr("storage.mongodb.uri"), HasSubstr("percent-encode"),
                             HasSubstr("mongodb://user:password@")))
        << uri;
    EXPECT_THAT(fault, AllOf(Not(HasSubstr("hunt")), Not(HasSubstr("er2")))) << uri;
  }
}

// Writes that no server confirms would break the promise that what was acknowledged is stored.
TEST(MongoStart, RefusesUnconfirmedWrites) {
  EXPECT_THAT(uri_fault("mongodb://127.0.0.1:1/?w=0"), HasSubstr("w=0"));
  EXPECT_EQ(uri_fault("mongodb://127.0.0.1:1/?w=1"), "");
}

// The spans of its calls name the database of the URI, and the server where there is one alone.
TEST(MongoStart, TellsWhichDatabaseItIs) {
  struct expected {
    std::string uri, database, host;
    std::uint16_t port;
  };
  for (const auto& [uri, database, host, port] :
       {expected{"mongodb://127.0.0.1:1/orders", "orders", "127.0.0.1", 1},
        expected{"mongodb://me:secret@127.0.0.1", std::string(base::program_name()), "127.0.0.1", 27017},
        expected{"mongodb://[::1]:1/orders", "orders", "::1", 1},
        expected{"mongodb://127.0.0.1:1,127.0.0.1:2/orders?replicaSet=rs", "orders", "", 0},
        expected{"mongodb://%2Ftmp%2Fnobody.sock/orders", "orders", "/tmp/nobody.sock", 0}}) {
    blocking_pool pool({.threads = 1, .queue = 1});
    const mongodb::client client(
        {uri, 2s, "storage.mongodb.uri"}, pool, [](bool, const std::string&) {}, [](auto&) { return result<void>(); });
    EXPECT_EQ(client.traced_as().system, "mongodb");
    EXPECT_EQ(client.traced_as().name_space, database) << uri;
    EXPECT_EQ(client.traced_as().server, host) << uri;
    EXPECT_EQ(client.traced_as().port, port) << uri;
  }
}

// A call's span has all that.
TEST(MongoTraces, NameTheDatabase) {
  SUNDOWN_NEEDS_MONGO();
  const mongo_server server;
  mongo_store_fixture fixture(server.uri());
  kept_spans sent;
  const trace::tracer traces(sent);
  const auto above = traces.start("above");
  ASSERT_TRUE(fixture.worker.run(fixture.store->create({"t", "b"}, {clock::time_point::max(), above})));
  const auto call = sent.named("insert notes");
  EXPECT_EQ(call.parent(), std::string_view(above.where().span_text()));
  EXPECT_EQ(call.attribute("db.system.name"), "mongodb");
  EXPECT_EQ(call.attribute("db.namespace"), fixture.client->traced_as().name_space);
  EXPECT_EQ(call.attribute("db.collection.name"), "notes");
  EXPECT_EQ(call.attribute("server.address"), "127.0.0.1");
  EXPECT_EQ(call.attribute("server.port"), std::to_string(server.where().port));
}

// A client is up once its server has answered and the indexes are there; it says so once.
TEST(MongoStart, IsUpWhenItsServerIs) {
  SUNDOWN_NEEDS_MONGO();
  const mongo_server server;
  mongo_store_fixture fixture(server.uri());
  using said = std::pair<bool, std::string>;
  EXPECT_THAT(fixture.states.all(), testing::ElementsAre(said{false, "connecting"}, said{true, ""}));
  EXPECT_TRUE(fixture.create("first"));
}

// With nobody listening the client starts, is down with the reason and answers at once; when the server comes it is up
// long before the driver would look by itself, every ten seconds; indexes made, without anybody's doing.
TEST(MongoStart, WaitsForAServerThatComesLater) {
  SUNDOWN_NEEDS_MONGO();
  mongo_server server(false);
  mongo_store_fixture fixture(server.uri(), 2s);
  ASSERT_TRUE(fixture.states.wait(false));
  EXPECT_NE(fixture.client->wait_up(false, [] { return false; }), "");
  EXPECT_THAT(fixture.states.last(), HasSubstr(std::to_string(server.where().port)));
  const auto begin = clock::now();
  const auto refused = fixture.create("too early");
  EXPECT_LT(between(begin, clock::now()), slack(1s)) << "known to be down: no time is lost on it";
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
  server.start();
  const auto back = clock::now();
  ASSERT_TRUE(fixture.states.wait(true));
  EXPECT_LT(between(back, clock::now()), slack(5s));
  EXPECT_TRUE(fixture.create("in time"));
  EXPECT_THAT(fixture.titles(), testing::ElementsAre("in time"));
}

// Somebody who waits for the server to come waits no longer than the limit, and no longer than he wants to.
TEST(MongoStart, WaitingForAServerIsBounded) {
  mongo_store_fixture brief("mongodb://127.0.0.1:1/", 400ms);
  auto begin = clock::now();
  EXPECT_NE(brief.client->wait_up(true, [] { return false; }), "");
  EXPECT_GE(between(begin, clock::now()), 400ms);
  EXPECT_LT(between(begin, clock::now()), ample / 2);
  mongo_store_fixture patient("mongodb://127.0.0.1:1/", ample);
  begin = clock::now();
  EXPECT_NE(patient.client->wait_up(true, [] { return true; }), "");
  EXPECT_LT(between(begin, clock::now()), ample / 2);
}

class MongoClose : public testing::Test {
 protected:
  void SetUp() override {
    SUNDOWN_NEEDS_MONGO();
    server.emplace();
    fixture.emplace(server->uri());
  }
  std::optional<mongo_server> server;
  std::optional<mongo_store_fixture> fixture;
};

// Writes under way at the close are stored and answered, later ones are refused, and none is stored that was refused:
// no operation reaches the server after the close.
TEST_F(MongoClose, AwaitsWhatIsUnderWay) {
  worker_thread other;
  std::vector<std::future<result<storage::note>>> writes;
  std::future<void> closing;
  for (int i = 0; i < 200; ++i) {
    writes.push_back((i % 2 == 0 ? fixture->worker : other).start(fixture->store->create({std::to_string(i), ""})));
    if (i == 100) closing = fixture->control.start(fixture->client->close());
  }
  std::size_t stored = 0, refused = 0;
  for (auto& one : writes) {
    const auto outcome = await(std::move(one));
    if (outcome) {
      ++stored;
    } else {
      EXPECT_EQ(outcome.error().code, errc::canceled) << outcome.error().detail;
      ++refused;
    }
  }
  await(std::move(closing));
  EXPECT_EQ(stored + refused, 200U);
  EXPECT_EQ(fixture->create("late").error().code, errc::canceled);
  fixture->open();
  EXPECT_EQ(fixture->titles().size(), stored);
}

// After the close no connection is left at the server, the driver's monitoring included.
TEST_F(MongoClose, LeavesNoConnection) {
  for (auto& one : fixture->create_many(50)) ASSERT_TRUE(await(std::move(one)));
  EXPECT_GT(server->connections(), 0U);
  fixture->close();
  EXPECT_TRUE(eventually(ample, [&] { return server->connections() == 0; }));
}

// A second close has nothing to do.
TEST_F(MongoClose, TwiceIsOnce) {
  fixture->control.run(fixture->client->close());
  fixture->control.run(fixture->client->close());
}

// While a frozen server holds an operation, close() blocks nobody on its strand, says what it waits for, and stops
// waiting when it is cancelled; the operation ends by itself.
TEST_F(MongoClose, FrozenServer) {
  ASSERT_TRUE(fixture->create("before"));
  server->freeze();
  auto writing = fixture->worker.start(fixture->store->create({"held", ""}));
  fixture->worker.run(nothing());  // the write is under way now
  asio::cancellation_signal signal;
  auto closing = fixture->control.start(fixture->client->close(), signal);
  fixture->control.run(nothing());
  EXPECT_EQ(fixture->client->waiting_for(), "1 operation");
  EXPECT_EQ(closing.wait_for(0s), std::future_status::timeout);
  fixture->control.cancel(signal);
  EXPECT_THROW(await(std::move(closing)), boost::system::system_error);
  server->thaw();
  EXPECT_TRUE(await(std::move(writing)));
}

// With nothing under way and a server that is known to be gone, the close waits for nothing.
TEST_F(MongoClose, DeadServer) {
  ASSERT_TRUE(fixture->create("before"));
  server->kill();
  ASSERT_TRUE(fixture->states.wait(false));
  const auto begin = clock::now();
  fixture->control.run(fixture->client->close());
  EXPECT_LT(between(begin, clock::now()), ample / 2);  // of what the driver may take
  EXPECT_EQ(fixture->client->omitted(), "endSessions: the server was down");
}

}  // namespace
}  // namespace sundown::test
