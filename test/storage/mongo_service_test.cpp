// A service that knows only orders keeps them in MongoDB: what <sundown/mongodb.hpp> gives, without a note.
#include "storage/mongo_states.hpp"
#include "support/mongo_wire.hpp"
#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <sundown/blocking.hpp>
#include <sundown/mongodb.hpp>
#include <sundown/mongodb/bson.hpp>

#include <gmock/gmock.h>
#include <mongoc/mongoc.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sundown::test {
namespace {

using mongodb::access;
using mongodb::connection;
using mongodb::document;
using testing::AnyOf;
using testing::HasSubstr;

struct order {
  order() = default;
  order(std::string what, std::int64_t many) : article(std::move(what)), pieces(many) {}

  std::string article;
  std::int64_t pieces = 0;
};

using collection = mongodb::handle<mongoc_collection_t, mongoc_collection_destroy>;

collection orders_at(connection& lease) {
  return collection(mongoc_client_get_collection(lease.client(), lease.database().c_str(), "orders"));
}

/// An order is found by its number, which no other one has: the index of _id, which makes the collection too.
result<void> make_indexes(connection& lease) {
  document key, index, all, command;
  key.integer("_id", 1);
  index.child("key", key).text("name", "_id_");
  all.child("0", index);
  command.text("createIndexes", "orders").array("indexes", all);
  bson_error_t failed{};
  if (mongoc_collection_write_command_with_opts(orders_at(lease).get(), command.get(), nullptr, nullptr, &failed))
    return {};
  return lease.fault(failed, access::write);
}

result<void> insert(connection& lease, const std::string& number, const order& fresh) {
  document written;
  written.text("_id", number).text("article", fresh.article).integer("pieces", fresh.pieces);
  bson_error_t failed{};
  if (mongoc_collection_insert_one(orders_at(lease).get(), written.get(), nullptr, nullptr, &failed)) return {};
  if (mongodb::is_duplicate_key(failed)) return error{errc::conflict, "order " + number + " is there"};
  return lease.fault(failed, access::write);
}

result<order> find(connection& lease, const std::string& number) {
  document match, options;
  match.text("_id", number);
  const auto all = orders_at(lease);
  const mongodb::handle<mongoc_cursor_t, mongoc_cursor_destroy> found(
      mongoc_collection_find_with_opts(all.get(), match.get(), options.get(), nullptr));
  const bson_t* read = nullptr;
  if (mongoc_cursor_next(found.get(), &read)) {
    auto article = mongodb::find_text(read, "article");
    const auto pieces = mongodb::find_integer(read, "pieces");
    if (!article || !pieces) return error{errc::unavailable, "no order"};
    return order(std::move(*article), *pieces);
  }
  bson_error_t failed{};
  if (mongoc_cursor_error(found.get(), &failed)) return lease.fault(failed, access::read);
  return error{errc::not_found, "no order " + number};
}

/// The part of a service that keeps orders.
class orders {
 public:
  orders(std::string uri, milliseconds limit, blocking_pool& pool, mongodb::listener tell,
         mongodb::preparation prepare = make_indexes)
      : client_({std::move(uri), limit, "orders.mongodb.uri"}, pool, std::move(tell), std::move(prepare)) {}

  task<result<void>> add(std::string number, order fresh) {
    return client_.call([number = std::move(number), fresh = std::move(fresh)](connection& lease) {
      return insert(lease, number, fresh);
    });
  }
  task<result<order>> get(std::string number) {
    return client_.call([number = std::move(number)](connection& lease) { return find(lease, number); });
  }
  mongodb::client& client() { return client_; }

 private:
  mongodb::client client_;
};

class MongoService : public testing::Test {
 protected:
  void SetUp() override {
    SUNDOWN_NEEDS_MONGO();
    server.emplace();
  }
  void open(milliseconds limit = ample, mongodb::preparation prepare = make_indexes) {
    service.emplace(server->uri() + "shop", limit, pool, states.listener(), std::move(prepare));
  }
  result<void> add(std::string number, order fresh) {
    return worker.run(service->add(std::move(number), std::move(fresh)));
  }
  result<order> get(std::string number) { return worker.run(service->get(std::move(number))); }
  void close() { control.run(service->client().close()); }

  std::optional<mongo_server> server;
  state_log states;
  worker_thread worker, control;
  blocking_pool pool{{.threads = 2, .queue = 64}};
  std::optional<orders> service;
};

std::size_t threads_called(const std::string& name) {
  const std::filesystem::directory_iterator all("/proc/self/task");
  return static_cast<std::size_t>(std::count_if(begin(all), end(all), [&](const auto& thread) {
    std::string comm;
    std::getline(std::ifstream(thread.path() / "comm"), comm);
    return comm == name;
  }));
}

// What is kept is read, by another client too; what is there already, and what is not, are errors of the call.
TEST_F(MongoService, KeepsOrders) {
  open();
  ASSERT_EQ(service->client().wait_up(true, [] { return false; }), "");
  ASSERT_TRUE(add("1", {"tea", 3}));
  EXPECT_EQ(add("1", {"coffee", 1}).error().code, errc::conflict);
  EXPECT_EQ(get("2").error().code, errc::not_found);
  close();
  open();
  const auto kept = get("1");
  ASSERT_TRUE(kept) << kept.error().detail;
  EXPECT_EQ(kept->article, "tea");
  EXPECT_EQ(kept->pieces, 3);
  close();
}

// A preparation that is refused leaves the deployment down, with its reason, and is tried anew.
TEST_F(MongoService, IsUpOncePrepared) {
  const auto tries = std::make_shared<std::atomic<int>>(0);
  open(ample, [tries](connection& lease) -> result<void> {
    if (++*tries == 1) return error{errc::unavailable, "not yet"};
    return make_indexes(lease);
  });
  ASSERT_TRUE(states.wait(true));
  EXPECT_EQ(*tries, 2);
  EXPECT_THAT(states.all(), testing::Contains(std::pair(false, std::string("not yet"))));
  EXPECT_TRUE(add("1", {"tea", 3}));
  close();
}

// A call may return any type, and one that can only be moved.
TEST_F(MongoService, CallsReturnWhatTheyLike) {
  open();
  using owned = std::unique_ptr<std::string>;
  auto name = std::make_unique<std::string>("of ");
  auto database = worker.run(service->client().call([name = std::move(name)](connection& lease) -> result<owned> {
    return std::make_unique<std::string>(*name + lease.database());
  }));
  ASSERT_TRUE(database);
  EXPECT_EQ(**database, "of shop");
  const auto thrown = worker.run(
      service->client().call([](connection&) -> result<int> { throw std::runtime_error("a fault of the service"); }));
  EXPECT_EQ(thrown.error().detail, "a fault of the service");
  close();
}

// A call has no longer than its request: the server is told so, and a request that is over asks it nothing.
TEST_F(MongoService, EndsWithItsRequest) {
  fault_proxy network(server->where());
  service.emplace("mongodb://" + network.text() + "/shop", 2 * ample, pool, states.listener(), make_indexes);
  ASSERT_EQ(service->client().wait_up(true, [] { return false; }), "");
  const auto ask_once = [&](connection::time_point until) {
    return worker.run(service->client().call(
        [&](connection& lease) -> result<std::int64_t> {
          document match, options;
          match.text("_id", "1");
          options.integer("maxTimeMS", lease.remaining().count());
          const auto all = orders_at(lease);
          const mongodb::handle<mongoc_cursor_t, mongoc_cursor_destroy> found(
              mongoc_collection_find_with_opts(all.get(), match.get(), options.get(), nullptr));
          const bson_t* read = nullptr;
          mongoc_cursor_next(found.get(), &read);
          bson_error_t failed{};
          if (mongoc_cursor_error(found.get(), &failed)) return lease.fault(failed, access::read);
          return max_time_in(network.last_request()).value_or(-1);
        },
        until));
  };
  // The last request may be one of the driver's own, which looks at the server now and then.
  const auto ask = [&](connection::time_point until) {
    auto told = ask_once(until);
    for (int again = 0; again < 10 && told && *told == -1; ++again) told = ask_once(until);
    return told;
  };
  const auto own = ask(connection::time_point::max());
  ASSERT_TRUE(own) << own.error().detail;
  EXPECT_GT(*own, ample.count());
  EXPECT_LE(*own, 2 * ample.count());
  const auto shortened = ask(clock::now() + ample);
  ASSERT_TRUE(shortened) << shortened.error().detail;
  EXPECT_GT(*shortened, 0);
  EXPECT_LE(*shortened, ample.count());
  EXPECT_EQ(ask(clock::now()).error().code, errc::timed_out);
  close();
}

// A server that hangs: each caller is answered within its limit, and all goes on when the server does.
TEST_F(MongoService, FrozenServer) {
  open(slack(1s));
  int number = 0;  // each try has its own: one that took too long may have been carried out all the same
  const auto added = [&] { return bool(add(std::to_string(++number), {"tea", 1})); };
  ASSERT_TRUE(eventually(ample, added));
  server->freeze();
  const auto begin = clock::now();
  const auto held = add("held", {"tea", 1});
  EXPECT_LT(between(begin, clock::now()), slack(1s) + ample / 2);
  server->thaw();
  ASSERT_FALSE(held);
  EXPECT_THAT(held.error().code, AnyOf(errc::timed_out, errc::unavailable));
  EXPECT_THAT(held.error().detail, HasSubstr("unknown"));
  EXPECT_TRUE(eventually(ample, added));
  close();
}

// After the close nothing is asked any more, and no connection is left.
TEST_F(MongoService, Close) {
  open();
  ASSERT_TRUE(add("1", {"tea", 3}));
  close();
  EXPECT_EQ(add("2", {"tea", 1}).error().code, errc::canceled);
  EXPECT_EQ(service->client().omitted(), "");
  EXPECT_TRUE(eventually(ample, [&] { return server->connections() == 0; }));
}

// A server that is slow to say that it knows of the end, slower than a search for it may be, is no silent one.
TEST_F(MongoService, CloseAwaitsASlowAnswer) {
  fault_proxy network(server->where());
  service.emplace("mongodb://" + network.text() + "/shop?serverSelectionTimeoutMS=300", ample, pool, states.listener(),
                  make_indexes);
  ASSERT_EQ(service->client().wait_up(true, [] { return false; }), "");
  ASSERT_TRUE(add("1", {"tea", 3}));
  network.delay(600ms);
  const auto begin = clock::now();
  EXPECT_NO_THROW(close());
  EXPECT_GE(between(begin, clock::now()), 600ms);
  EXPECT_EQ(service->client().omitted(), "");
}

// A server that is lost just before the close, or by it, is none that is silent: the report has what it was not told.
TEST_F(MongoService, CloseWithAServerJustLost) {
  open(slack(2s));
  ASSERT_TRUE(states.wait(true));
  server->kill();
  EXPECT_NO_THROW(close());
  EXPECT_EQ(service->client().omitted(), "endSessions: the server was down");
}

// One that freezes just before the close is named.
TEST_F(MongoService, CloseWithASilentServer) {
  open(slack(1s));
  ASSERT_TRUE(states.wait(true));
  server->freeze();
  try {
    close();
    ADD_FAILURE() << "the server was not missed";
  } catch (const boost::system::system_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("the server does not answer"));
  }
  server->thaw();
}

// A client that is destroyed without a close, while its server is silent and the driver would wait for long, is not
// waited for; its thread ends by itself, without a word to the listener.
TEST_F(MongoService, LeavesASilentServerAtOnce) {
  server->freeze();
  open(2min);
  ASSERT_TRUE(eventually(ample, [&] { return server->connections() != 0; }));
  const auto begin = clock::now();
  service.reset();
  EXPECT_LT(between(begin, clock::now()), ample / 2);
  const auto told = states.all().size();
  server->thaw();
  EXPECT_TRUE(eventually(ample, [] { return threads_called("mongodb") == 0; }));
  EXPECT_EQ(states.all().size(), told);
}

// A message names the key that the service has the URI from, and not the secrets in it.
TEST(MongoServiceStart, NamesItsOwnKey) {
  blocking_pool pool({.threads = 1, .queue = 1});
  const auto ignore = [](bool, const std::string&) {};
  try {
    const orders refused("mongodb://me:hunter2@host/?w=0", 2s, pool, ignore);
    ADD_FAILURE() << "it was taken";
  } catch (const startup_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("orders.mongodb.uri asks for writes that the server does not confirm"));
    EXPECT_THAT(e.what(), testing::Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace sundown::test
