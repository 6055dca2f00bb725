#include <sundown/sqlite/detail/core.hpp>

#include "base/handler_memory.hpp"
#include "storage/sqlite/bus.hpp"
#include "storage/sqlite/guard.hpp"
#include "storage/sqlite/prepared_connection.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/watch.hpp"
#include "storage/sqlite/writer.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace sundown::sqlite::detail {

namespace {

using clock = std::chrono::steady_clock;
using look_timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor>;

constexpr std::chrono::seconds time_to_work{1};  // what an operation gets beyond the waiting for a lock
constexpr std::chrono::seconds look_interval{1};
constexpr std::size_t lane_queue = 3;  // behind what runs: a flush, a look and the close

}  // namespace

struct core::parts {
  parts(const options& given, const schema& tables, blocking_pool& threads, const statement_type& statements);

  void failed(const prepared_connection& reader, const error& how);
  void look_each_second(std::shared_ptr<look_timer> timer);
  result<void> close_files();

  const std::chrono::milliseconds limit;
  blocking_pool& readers;
  call_gate gate;
  std::unique_ptr<guard> files;
  std::unique_ptr<watch> health;
  std::unique_ptr<writer> writes;
  std::atomic<bool> look_asked{false};
  base::handler_memory look_memory;
  std::weak_ptr<look_timer> next_look;  // its handler owns it, so that it ends before the lane does
  std::mutex mutex;  // guards idle_readers; there are as many readers as threads, so one is always idle
  std::vector<std::unique_ptr<prepared_connection>> idle_readers;
  blocking_pool lane;  // the writer's thread; the last member, so that it ends before what it uses
};

core::parts::parts(const options& given, const schema& tables, blocking_pool& threads, const statement_type& statements)
    : limit(given.timeout + time_to_work), readers(threads), lane({.threads = 1, .queue = lane_queue}, "sqlite") {
  heed_bus_errors();
  auto database = open_writer(given, tables);
  files = std::make_unique<guard>(database);
  health = std::make_unique<watch>(*files, given.listener, statements);
  writes = std::make_unique<writer>(std::move(database), statements, lane, given.queue, *files, *health);
  for (std::size_t i = 0; i < readers.threads(); ++i) {
    idle_readers.push_back(std::make_unique<prepared_connection>(open_reader(given), statements));
  }
  const auto timer = std::make_shared<look_timer>(lane.executor());
  next_look = timer;
  look_each_second(timer);
}

/// A read that failed for the database's sake is a reason to look after it at once.
void core::parts::failed(const prepared_connection& reader, const error& how) {
  if (how.code != errc::unavailable) return;
  if (reader.database.damaged()) files->damaged(how.detail);
  if (reader.database.broken()) files->index_was_cut();
  if (look_asked.exchange(true)) return;
  auto look = [this] {
    look_asked = false;
    if (writes) writes->look();
  };
  try {
    if (!lane.post(look)) look_asked = false;
  } catch (...) {
    look_asked = false;
    throw;
  }
}

/// The next look is due before this one is taken, and its wait takes no memory: no failure is the end of the looks.
void core::parts::look_each_second(std::shared_ptr<look_timer> timer) {
  auto& next = *timer;
  next.expires_after(look_interval);
  next.async_wait(look_memory.hold([this, timer = std::move(timer)](const boost::system::error_code& cancelled) {
    if (cancelled || !writes) return;
    look_each_second(timer);
    writes->look();
  }));
}

result<void> core::parts::close_files() {
  if (const auto timer = next_look.lock()) timer->cancel();
  if (files->refuses_writes()) {
    for (auto& reader : idle_readers) reader->database.leave_log_behind();
  }
  idle_readers.clear();
  auto done = writes->finish();
  writes.reset();  // the last connection: SQLite removes the -wal and -shm files with it
  return done;
}

core::core(const options& given, const schema& tables, blocking_pool& readers, const statement_type& statements)
    : parts_(std::make_unique<parts>(given, tables, readers, statements)) {}

core::~core() = default;

result<call_gate::pass> core::enter() { return parts_->gate.enter(); }
std::chrono::milliseconds core::limit() const noexcept { return parts_->limit; }
blocking_pool& core::readers() noexcept { return parts_->readers; }
asio::any_io_executor core::executor() { return parts_->lane.executor(); }
void core::enqueue(std::unique_ptr<pending_write> write) { parts_->writes->enqueue(std::move(write)); }
std::string core::waiting_for() const { return parts_->gate.describe("operation"); }

asio::awaitable<void> core::close() {
  auto& my = *parts_;
  my.gate.shut();
  const result<void> idle = co_await my.gate.async_empty(my.lane.executor(), asio::use_awaitable);
  if (!idle) throw boost::system::system_error(asio::error::operation_aborted, waiting_for() + " still under way");
  if (!my.writes) co_return;  // closed before
  auto close_files = [&my] { return my.close_files(); };
  const result<void> closed = co_await my.lane.async_run(close_files, asio::use_awaitable);
  co_await my.lane.close();
  if (!closed) throw std::runtime_error(closed.error().detail);
}

core::loan::loan(core& from) : from_(*from.parts_) {
  const std::scoped_lock lock(from_.mutex);
  reader_ = std::move(from_.idle_readers.back());
  from_.idle_readers.pop_back();
}

core::loan::~loan() {
  const std::scoped_lock lock(from_.mutex);
  from_.idle_readers.push_back(std::move(reader_));
}

std::optional<error> core::loan::refused() const { return from_.files->refuses_reads(); }
void* core::loan::statements() const noexcept { return reader_->statements.get(); }
void core::loan::failed(const error& how) { from_.failed(*reader_, how); }

}  // namespace sundown::sqlite::detail
