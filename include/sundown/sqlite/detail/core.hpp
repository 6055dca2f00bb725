#pragma once

#include <sundown/blocking.hpp>
#include <sundown/detail/call_gate.hpp>
#include <sundown/detail/pending_answer.hpp>
#include <sundown/error.hpp>
#include <sundown/sqlite/connection.hpp>
#include <sundown/sqlite/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

/// What sqlite::database is made of, without the type of the service's statements.
namespace sundown::sqlite::detail {

using sundown::detail::call_gate;
using sundown::detail::pending_answer;

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<result<T>> = true;

/// What a read or a write calls with the statements.
template <class F, class Statements>
concept query_of = requires(F& call, Statements& statements) { requires is_result<decltype(call(statements))>; };

/// How a service's statements are prepared on a connection and rehearsed; null: there is nothing to rehearse.
struct statement_type {
  std::shared_ptr<void> (*prepare)(connection&);
  result<void> (*rehearse_reads)(void*);
  result<void> (*rehearse_writes)(void*);
};

/// A write on its way through the writer, see writer.hpp. All but its construction happens on the writer's thread.
class pending_write {
 public:
  pending_write() = default;
  pending_write(const pending_write&) = delete;
  pending_write& operator=(const pending_write&) = delete;
  virtual ~pending_write() = default;

  /// False if its caller has given up: then it must not run.
  virtual bool begin() noexcept = 0;
  /// Runs in a savepoint, perhaps twice, if the transaction that it was part of has failed.
  virtual void run(void* statements) = 0;
  virtual void fail(error why) = 0;
  /// Why it has failed, nothing if it has not.
  virtual std::optional<errc> failure() const = 0;
  /// Leaves its gate and answers its caller.
  virtual void answer() = 0;
};

template <class Statements, class T, class Work>
class typed_write final : public pending_write {
 public:
  typed_write(Work work, call_gate::pass inside) : work_(std::move(work)), inside_(std::move(inside)) {}
  void answer_to(std::shared_ptr<pending_answer<T>> caller) { caller_ = std::move(caller); }

  bool begin() noexcept override { return caller_->begin(); }
  void run(void* statements) override { outcome_ = work_(*static_cast<Statements*>(statements)); }
  void fail(error why) override { outcome_ = std::move(why); }
  std::optional<errc> failure() const override {
    if (outcome_) return std::nullopt;
    return outcome_.error().code;
  }
  void answer() override {
    inside_.leave();
    caller_->answer(std::move(outcome_));
  }

 private:
  Work work_;
  call_gate::pass inside_;
  std::shared_ptr<pending_answer<T>> caller_;
  result<T> outcome_ = error{errc::unavailable, "not run"};
};

struct prepared_connection;

/// The open database: the writer's thread and connection, the readers, the guard, the looks after it.
class core {
 public:
  class loan;

  core(const options& given, const schema& tables, blocking_pool& readers, const statement_type& statements);
  core(const core&) = delete;
  core& operator=(const core&) = delete;
  ~core();

  result<call_gate::pass> enter();
  std::chrono::milliseconds limit() const noexcept;
  blocking_pool& readers() noexcept;
  asio::any_io_executor executor();  ///< the writer's
  void enqueue(std::unique_ptr<pending_write> write);

  asio::awaitable<void> close();
  std::string waiting_for() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// One of the readers for the duration of a call on a thread of the readers' pool.
class core::loan {
 public:
  explicit loan(core& from);
  loan(const loan&) = delete;
  loan& operator=(const loan&) = delete;
  ~loan();

  /// Why nothing may be read.
  std::optional<error> refused() const;
  void* statements() const noexcept;
  /// The call has failed so: a failure of the database is a reason to look after it at once.
  void failed(const error& how);

 private:
  parts& from_;
  std::unique_ptr<prepared_connection> reader_;
};

}  // namespace sundown::sqlite::detail
