// A service that keeps orders, on the public headers alone, as its author would write it.
#include <sundown/sqlite.hpp>
#include <sundown/stop/closable.hpp>
#include <sundown/stop/readiness.hpp>

#include "support/testing.hpp"
#include "support/worker_thread.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace orders {
namespace {

using sundown::result;
using sundown::task;
namespace sqlite = sundown::sqlite;

struct order {
  order() = default;
  order(std::string buyer, std::int64_t price, std::optional<std::string> remark = {})
      : customer(std::move(buyer)), cents(price), note(std::move(remark)) {}

  std::string customer;
  std::int64_t cents = 0;
  std::optional<std::string> note;
};

class order_statements {
 public:
  explicit order_statements(sqlite::connection& on)
      : add_(on, "INSERT INTO orders (customer, cents, note) VALUES (?1, ?2, ?3) RETURNING id"),
        get_(on, "SELECT customer, cents, note FROM orders WHERE id = ?1"),
        remove_(on, "DELETE FROM orders WHERE id = ?1"),
        sum_(on, "SELECT coalesce(sum(cents), 0), avg(cents) FROM orders") {}

  result<std::int64_t> add(const order& fresh) {
    auto row = add_.run({fresh.customer, fresh.cents, fresh.note});
    if (auto stored = row.require("not stored"); !stored) return stored.error();
    return row.integer(0);
  }
  result<order> get(std::int64_t id) {
    auto row = get_.run({id});
    if (auto found = row.require("no order " + std::to_string(id)); !found) return found.error();
    return order(row.text(0), row.integer(1), row.is_null(2) ? std::nullopt : std::optional(row.text(2)));
  }
  result<void> remove(std::int64_t id) { return remove_.execute({id}); }
  result<std::pair<std::int64_t, double>> sum_and_average() {
    auto row = sum_.run();
    if (auto found = row.require("no row"); !found) return found.error();
    return std::pair(row.integer(0), row.real(1));
  }

 private:
  sqlite::statement add_, get_, remove_, sum_;
};

const sqlite::schema first_release(sqlite::application_id("ORDR"),
                                   {"CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL UNIQUE,"
                                    " cents INTEGER NOT NULL) STRICT"});
const sqlite::schema second_release(
    sqlite::application_id("ORDR"),
    {first_release.migrations[0],
     "ALTER TABLE orders ADD COLUMN note TEXT; UPDATE orders SET note = 'from the first release'"});

class order_store {
 public:
  order_store(const sqlite::options& given, sundown::blocking_pool& threads)
      : database_(given, second_release, threads) {}

  task<result<std::int64_t>> add(order fresh) {
    return database_.write([fresh = std::move(fresh)](order_statements& orders) { return orders.add(fresh); });
  }
  task<result<order>> get(std::int64_t id) {
    return database_.read([id](order_statements& orders) { return orders.get(id); });
  }
  task<result<void>> remove(std::int64_t id) {
    return database_.write([id](order_statements& orders) { return orders.remove(id); });
  }
  task<result<std::pair<std::int64_t, double>>> sum_and_average() {
    return database_.read([](order_statements& orders) { return orders.sum_and_average(); });
  }
  boost::asio::awaitable<void> close() { return database_.close(); }
  std::string waiting_for() const { return database_.waiting_for(); }

 private:
  sqlite::database<order_statements> database_;
};

}  // namespace
}  // namespace orders

namespace sundown::test {
namespace {

using namespace std::chrono_literals;
using orders::order;
using testing::AllOf;
using testing::HasSubstr;

static_assert(stop::closable<orders::order_store> && stop::tells_what_it_waits_for<orders::order_store>);

class SqliteService : public testing::Test {
 protected:
  ~SqliteService() override {
    if (store) worker.run(store->close());
  }
  void open() { store.emplace(options, pool); }
  void close() {
    worker.run(store->close());
    store.reset();
  }
  std::string start_fault() {
    try {
      const orders::order_store refused(options, pool);
      return {};
    } catch (const startup_error& e) {
      return e.what();
    }
  }
  sqlite::connection intruder() { return sqlite::connection::open(options.path, 5s).value(); }

  const temp_dir directory;
  sqlite::options options{directory / "orders.db", 10s};
  worker_thread worker;
  blocking_pool pool{{.threads = 2, .queue = 64}};
  std::optional<orders::order_store> store;
};

// What is written in groups is answered each with its own value, of any type, and read again from the next start.
TEST_F(SqliteService, WritesAndReads) {
  open();
  std::vector<std::future<result<std::int64_t>>> writes;
  for (int i = 0; i < 200; ++i) writes.push_back(worker.start(store->add({"customer " + std::to_string(i), i})));
  std::set<std::int64_t> ids;
  for (auto& write : writes) ids.insert(await(std::move(write)).value());
  EXPECT_EQ(ids.size(), 200U);
  EXPECT_TRUE(worker.run(store->remove(*ids.begin())));
  EXPECT_EQ(worker.run(store->get(*ids.begin())).error().code, errc::not_found);
  close();
  EXPECT_FALSE(std::filesystem::exists(options.path.string() + "-wal"));
  open();
  const auto last = worker.run(store->get(*ids.rbegin())).value();
  EXPECT_EQ(last.customer, "customer 199");
  EXPECT_EQ(last.note, std::nullopt);
  const auto [sum, average] = worker.run(store->sum_and_average()).value();
  EXPECT_EQ(sum, 199 * 200 / 2);
  EXPECT_DOUBLE_EQ(average, 100.0);
}

// A file of an earlier release gets the migrations that it misses, and keeps what is in it.
TEST_F(SqliteService, UpgradesAnOldFile) {
  {
    auto old = intruder();
    ASSERT_TRUE(old.execute(orders::first_release.migrations[0].c_str()));
    ASSERT_TRUE(old.execute("INSERT INTO orders VALUES (7, 'ada', 100)"));
    const auto mark = "PRAGMA application_id = " + std::to_string(sqlite::application_id("ORDR"));
    ASSERT_TRUE(old.execute((mark + "; PRAGMA user_version = 1").c_str()));
  }
  open();
  const auto old = worker.run(store->get(7)).value();
  EXPECT_EQ(old.customer, "ada");
  EXPECT_EQ(old.note, "from the first release");
  EXPECT_EQ(intruder().read("PRAGMA user_version").value(), "2");
}

// A migration that fails leaves the file as it was, and the start says which.
TEST_F(SqliteService, AFailedMigrationLeavesNothing) {
  const sqlite::schema broken(
      sqlite::application_id("ORDR"),
      {orders::first_release.migrations[0], "CREATE TABLE more (id INTEGER); ALTER TABLE absent ADD COLUMN x"});
  const sqlite::schema ends_it(sqlite::application_id("ORDR"), {"CREATE TABLE more (id INTEGER); COMMIT"});
  const auto fault = [&](const sqlite::schema& tables) -> std::string {
    try {
      const sqlite::database<orders::order_statements> refused(options, tables, pool);
      return {};
    } catch (const startup_error& e) {
      return e.what();
    }
  };
  EXPECT_THAT(fault(broken), AllOf(HasSubstr(options.path.string()), HasSubstr("to schema version 2 failed"),
                                   HasSubstr("no such table: absent")));
  EXPECT_EQ(intruder().read("SELECT count(*) FROM sqlite_schema").value(), "0");
  EXPECT_EQ(intruder().read("PRAGMA user_version").value(), "0");
  EXPECT_THAT(fault(ends_it), HasSubstr("ends the transaction that it is part of"));
}

// A file of another service is refused and left as it is; advice names the service's own key.
TEST_F(SqliteService, RefusesAnotherApplication) {
  ASSERT_TRUE(intruder().execute("CREATE TABLE theirs (x); PRAGMA application_id = 1398099524"));
  options.key = "orders.file";
  EXPECT_THAT(start_fault(), AllOf(HasSubstr(options.path.string()), HasSubstr("belongs to another application"),
                                   HasSubstr("set orders.file")));
  EXPECT_EQ(intruder().read("SELECT count(*) FROM theirs").value(), "0");
  EXPECT_THROW(sqlite::schema(0, {}), std::invalid_argument);
}

// What the schema forbids is a conflict to the one caller, and no fault of the database.
TEST_F(SqliteService, AConstraintIsAConflict) {
  std::atomic<int> told{0};
  options.listener = [&](sqlite::health, const std::string&) { ++told; };
  open();
  auto intruding = intruder();
  ASSERT_TRUE(intruding.execute("BEGIN IMMEDIATE"));  // so that the writes gather
  auto first = worker.start(store->add({"ada", 1}));
  auto second = worker.start(store->add({"ada", 2}));
  auto third = worker.start(store->add({"grace", 3}));
  ASSERT_TRUE(intruding.execute("ROLLBACK"));
  EXPECT_TRUE(await(std::move(first)));
  EXPECT_EQ(await(std::move(second)).error().code, errc::conflict);
  EXPECT_TRUE(await(std::move(third)));
  close();
  EXPECT_EQ(told, 0);
}

// A database that is moved away is told to readiness under the service's name, and again when it is back.
TEST_F(SqliteService, TellsReadiness) {
  stop::readiness ready;
  ready.started();
  options.listener = sqlite::tell(ready, "orders");
  open();
  const auto reason = HasSubstr("was moved or deleted");
  std::filesystem::rename(options.path, directory / "moved.db");
  EXPECT_TRUE(eventually(ample, [&] { return !ready.ready(); }));
  ASSERT_EQ(ready.reasons().size(), 1U);
  EXPECT_THAT(ready.reasons().front(), AllOf(testing::StartsWith("orders: "), reason));
  std::filesystem::rename(directory / "moved.db", options.path);
  EXPECT_TRUE(eventually(ample, [&] { return ready.ready(); }));
}

/// Statements that tell how they are rehearsed, and fail when they are told to.
struct rehearsed_statements {
  explicit rehearsed_statements(sqlite::connection& on)
      : add(on, "INSERT INTO orders (id, customer, cents) VALUES (1, 'x', 0)") {}
  result<void> rehearse_reads() {
    ++reads;
    return {};
  }
  result<void> rehearse_writes() { return add.execute(); }

  sqlite::statement add;
  static inline std::atomic<int> reads{0};
};

// A service's rehearsals run each second and leave nothing; one that fails is told as the database's health.
TEST_F(SqliteService, RehearsesWhatTheServiceDoes) {
  std::promise<std::string> down;
  std::once_flag told;
  options.listener = [&](sqlite::health now, const std::string& why) {
    if (now == sqlite::health::down) std::call_once(told, [&] { down.set_value(why); });
  };
  sqlite::database<rehearsed_statements> database(options, orders::second_release, pool);
  EXPECT_TRUE(eventually(ample, [] { return rehearsed_statements::reads > 1; }));
  EXPECT_EQ(intruder().read("SELECT count(*) FROM orders").value(), "0");
  ASSERT_TRUE(intruder().execute("CREATE TRIGGER theirs BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, 'no'); END"));
  EXPECT_THAT(await(down.get_future()), HasSubstr("no"));
  worker.run(database.close());
}

/// All that can be bound and read.
struct value_statements {
  explicit value_statements(sqlite::connection& on) : echo(on, "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7") {}
  sqlite::statement echo;
};

// Values are bound by position and read by type: numbers, text with a zero in it, bytes, NULL, an empty text that is
// no NULL; a temporary text is copied.
TEST_F(SqliteService, BindsAndReadsEveryType) {
  sqlite::database<value_statements> database(options, orders::second_release, pool);
  const auto echoed = [](value_statements& with) -> result<bool> {
    const std::string zero("a\0b", 3);
    const std::vector<std::byte> bytes{std::byte{0}, std::byte{0xFF}};
    auto row = with.echo.run({42, 0.5, zero, sqlite::blob(bytes), nullptr, "", std::string(100, 'x')});
    if (auto found = row.require("no row"); !found) return found.error();
    return row.integer(0) == 42 && row.real(1) == 0.5 && row.text(2) == zero && row.bytes(3) == bytes &&
           row.is_null(4) && !row.is_null(5) && row.text(5).empty() && row.text(6) == std::string(100, 'x') &&
           row.size(6) == 100;
  };
  EXPECT_TRUE(worker.run(database.read(echoed)).value());
  worker.run(database.close());
}

}  // namespace
}  // namespace sundown::test
