#pragma once

#include <sundown/blocking.hpp>
#include <sundown/detail/limited_call.hpp>
#include <sundown/error.hpp>
#include <sundown/sqlite/connection.hpp>
#include <sundown/sqlite/detail/core.hpp>
#include <sundown/sqlite/options.hpp>
#include <sundown/sqlite/statement.hpp>
#include <sundown/task.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

/// A service's tables in a SQLite file. The whole of a store:
///
///     struct order { ... };  // with a constructor
///
///     class order_statements {
///      public:
///       explicit order_statements(sqlite::connection& on)
///           : add_(on, "INSERT INTO orders (customer, cents) VALUES (?1, ?2) RETURNING id"),
///             get_(on, "SELECT customer, cents FROM orders WHERE id = ?1") {}
///
///       result<std::int64_t> add(const std::string& customer, std::int64_t cents) {
///         auto row = add_.run({customer, cents});
///         if (auto stored = row.require("not stored"); !stored) return stored.error();
///         return row.integer(0);
///       }
///       result<order> get(std::int64_t id) {
///         auto row = get_.run({id});
///         if (auto found = row.require("no order " + std::to_string(id)); !found) return found.error();
///         return order(row.text(0), row.integer(1));
///       }
///
///      private:
///       sqlite::statement add_, get_;
///     };
///
///     const sqlite::schema order_tables(sqlite::application_id("ORDR"),
///                                       {"CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL)
///                                       STRICT",
///                                        "ALTER TABLE orders ADD COLUMN cents INTEGER NOT NULL DEFAULT 0"});
///
///     class order_store {
///      public:
///       order_store(const sqlite::options& given, blocking_pool& threads) : database_(given, order_tables, threads) {}
///
///       task<result<std::int64_t>> add(std::string customer, std::int64_t cents) {
///         return database_.write([customer = std::move(customer), cents](order_statements& orders) {
///           return orders.add(customer, cents);
///         });
///       }
///       task<result<order>> get(std::int64_t id) {
///         return database_.read([id](order_statements& orders) { return orders.get(id); });
///       }
///       asio::awaitable<void> close() { return database_.close(); }
///       std::string waiting_for() const { return database_.waiting_for(); }
///
///      private:
///       sqlite::database<order_statements> database_;
///     };
///
/// and in the service, after `app.takes_descriptors(sqlite::descriptors(app.blocking()))`:
/// `app.add<order_store>("orders", given, app.blocking())`, with `given.listener = sqlite::tell(app.readiness(),
/// "orders")`.
namespace sundown::sqlite {

/// For service::takes_descriptors(), before a database is opened: the writer's thread (epoll, eventfd, timerfd), its
/// three files and their folder, and two files of each reader.
inline std::size_t descriptors(const blocking_pool& readers) noexcept { return 7 + 2 * readers.threads(); }

/// A database file and a service's statements on it: WAL, synchronous=FULL, one connection that writes and one reader
/// per thread of the pool, so that reads wait neither for writes nor for each other.
///
/// `Statements` are prepared on each connection: Statements(sqlite::connection&). Where they have
/// `result<void> rehearse_reads()` and `result<void> rehearse_writes()`, these are called each second on the writer's
/// thread, the writes in a transaction that is rolled back: so that a table or trigger that is another's work shows in
/// the health before a request meets it.
///
/// Group commit: the writes that gather while a transaction is being committed form the next one, so that many share
/// one fsync, which costs far more than they do. One that fails does not take the others with it.
/// Durability: a write that succeeds was committed and synced, to the file that the next process opens. One that
/// answers `timed_out` or `canceled` was not done and will not be, unless its detail says that the outcome is unknown:
/// then the disk was still syncing.
/// Guard: where the file, its log (-wal) or its index (-shm) is moved, deleted, replaced or cut, calls are refused; a
/// bus error in the mapped index ends a call, not the process (a handler for SIGBUS is installed).
/// Errors: of the call; conflict (a UNIQUE, PRIMARY KEY or FOREIGN KEY constraint), busy, timed_out (locked by another
/// process), unavailable (disk full, read-only, damaged; the detail says what to do), canceled (closed, or the caller
/// was cancelled). The constructor throws startup_error, which says what to do: directory missing, no permission,
/// read-only, no database, damaged, of another application, of a newer version, locked. It is prompt: a lock is waited
/// for at most half a second, and only small files are checked whole.
/// Thread safety: read() and write() on any worker, a call resumes on the worker that made it; waiting_for() on any.
/// Lifetime: must be closed before it is destroyed, unless no call is under way; the pool must outlive it.
template <class Statements>
class database {
  static_assert(std::constructible_from<Statements, connection&>,
                "the statements of a database are prepared on its connections: give them a constructor that takes a "
                "sundown::sqlite::connection&");

 public:
  database(const options& given, const schema& tables, blocking_pool& readers)
      : core_(given, tables, readers, statements()) {}

  /// Runs query(Statements&), which returns result<T>, on a thread of the pool and a connection that can't write.
  template <class Query>
  auto read(Query query) {
    constexpr bool fits = detail::query_of<Query, Statements>;
    static_assert(fits, "a query is a function of (Statements&) that returns sundown::result<T>");
    if constexpr (fits) {
      using outcome = std::invoke_result_t<Query&, Statements&>;
      auto call = [core = &core_, query = std::move(query)]() mutable -> outcome {
        detail::core::loan reader(*core);
        if (auto refused = reader.refused()) return *refused;
        auto answer = query(*static_cast<Statements*>(reader.statements()));
        if (!answer) reader.failed(answer.error());
        return answer;
      };
      return core_.readers().call(std::move(call), core_.limit(), core_.enter());
    }
  }

  /// Runs work(Statements&), which returns result<T>, on the writer's thread, in a transaction, which no other write
  /// comes between. An error takes back what it has written. It may run twice, where the transaction that it shared
  /// has failed: so it changes nothing but the database, or can do that again.
  template <class Work>
  auto write(Work work) {
    constexpr bool fits = detail::query_of<Work, Statements>;
    static_assert(fits, "a write is a function of (Statements&) that returns sundown::result<T>");
    if constexpr (fits) {
      using stored = typename std::invoke_result_t<Work&, Statements&>::value_type;
      using job = detail::typed_write<Statements, stored, Work>;
      auto begin = [core = &core_, work = std::move(work)](detail::call_gate::pass&& inside, auto&& token) mutable {
        return asio::async_initiate<std::decay_t<decltype(token)>, void(result<stored>)>(
            [core](auto handler, std::unique_ptr<job> write) {
              write->answer_to(detail::pending_answer<stored>::make(std::move(handler), core->executor()));
              core->enqueue(std::move(write));
            },
            token, std::make_unique<job>(std::move(work), std::move(inside)));
      };
      return sundown::detail::limited_call<stored>(core_.enter(), core_.limit(), std::move(begin));
    }
  }

  /// Refuses new calls, awaits those under way, then checkpoints and closes the file on a thread of its own; no -wal or
  /// -shm file remains. Throws if the checkpoint fails (the data is safe in the -wal file then), operation_aborted if
  /// it is cancelled.
  asio::awaitable<void> close() { return core_.close(); }
  /// "2 operations", or "".
  std::string waiting_for() const { return core_.waiting_for(); }

 private:
  static detail::statement_type statements() {
    detail::statement_type type{
        [](connection& on) -> std::shared_ptr<void> { return std::make_shared<Statements>(on); }, nullptr, nullptr};
    if constexpr (requires(Statements& of) {
                    { of.rehearse_reads() } -> std::same_as<result<void>>;
                  }) {
      type.rehearse_reads = [](void* of) { return static_cast<Statements*>(of)->rehearse_reads(); };
    }
    if constexpr (requires(Statements& of) {
                    { of.rehearse_writes() } -> std::same_as<result<void>>;
                  }) {
      type.rehearse_writes = [](void* of) { return static_cast<Statements*>(of)->rehearse_writes(); };
    }
    return type;
  }

  detail::core core_;
};

}  // namespace sundown::sqlite
