#include "app/notes/sqlite_note_store.hpp"

#include "storage/sqlite/schema.hpp"

#include <sundown/time.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace sundown::storage {

namespace {

using worker_timer = asio::basic_waitable_timer<clock, asio::wait_traits<clock>, worker_executor>;

constexpr std::chrono::seconds time_to_work{1};  // what an operation gets beyond the waiting for a lock
constexpr std::chrono::seconds look_interval{1};
constexpr std::size_t lane_queue = 3;  // behind what runs: a flush, a look and the close

std::chrono::milliseconds since_epoch() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace

sqlite_note_store::sqlite_note_store(const sqlite_options& options, blocking_pool& readers)
    : limit_(options.timeout + time_to_work), pool_(readers), lane_({.threads = 1, .queue = lane_queue}, "sqlite") {
  heed_bus_errors();
  auto database = open_writer(options.path);
  if (auto set = database.set_busy_timeout(options.timeout); !set) throw startup_error(set.error().detail);
  guard_.emplace(database);
  watch_.emplace(*guard_, options.listener);
  writer_ = std::make_unique<sqlite_writer>(std::move(database), lane_, options.queue, *guard_, *watch_);
  for (std::size_t i = 0; i < pool_.threads(); ++i) {
    idle_readers_.push_back(std::make_unique<sqlite_notes>(open_reader(options.path, options.timeout)));
  }
  const auto timer = std::make_shared<look_timer>(lane_.executor());
  next_look_ = timer;
  look_each_second(timer);
}

sqlite_note_store::~sqlite_note_store() = default;

task<result<note>> sqlite_note_store::create(note_draft draft) {
  // The id is made on the writer's thread, where the order of commits is decided, and kept if the write is run again.
  return write([this, fresh = note{}, draft = std::move(draft)](sqlite_notes& notes) mutable -> result<note> {
    if (fresh.id.empty()) {
      const auto greatest = notes.greatest_id();
      if (!greatest) return greatest.error();
      ids_.start_after(*greatest);
      const auto now = since_epoch();
      fresh = {ids_.next(now), std::move(draft.title), std::move(draft.body), now.count(), now.count()};
    }
    return notes.insert(fresh);
  });
}

task<result<note_page>> sqlite_note_store::list(page_bounds most, std::string after) {
  return read([most, after = std::move(after)](sqlite_notes& notes) { return notes.list(most, after); });
}

task<result<note>> sqlite_note_store::get(std::string id) {
  return read([id = std::move(id)](sqlite_notes& notes) { return notes.get(id); });
}

task<result<note>> sqlite_note_store::replace(std::string id, note_draft draft, version_check may) {
  return write([id = std::move(id), draft = std::move(draft), may = std::move(may)](sqlite_notes& notes) {
    return notes.replace(id, draft, may, since_epoch().count());
  });
}

task<result<void>> sqlite_note_store::remove(std::string id, version_check may) {
  sqlite_writer::operation operation = [id = std::move(id), may = std::move(may)](sqlite_notes& notes) {
    return notes.remove(id, may);
  };
  const auto removed = co_await write(std::move(operation));
  if (!removed) co_return removed.error();
  co_return result<void>();
}

/// One of the readers for the duration of a call.
struct sqlite_note_store::reader_loan {
  explicit reader_loan(sqlite_note_store& from) : store(from) {
    std::scoped_lock lock(store.mutex_);
    reader = std::move(store.idle_readers_.back());
    store.idle_readers_.pop_back();
  }
  ~reader_loan() {
    std::scoped_lock lock(store.mutex_);
    store.idle_readers_.push_back(std::move(reader));
  }
  reader_loan(const reader_loan&) = delete;
  reader_loan& operator=(const reader_loan&) = delete;

  sqlite_note_store& store;
  std::unique_ptr<sqlite_notes> reader;
};

template <class F>
auto sqlite_note_store::read(F query) -> task<std::invoke_result_t<F&, sqlite_notes&>> {
  auto inside = gate_.enter();
  if (!inside) co_return inside.error();
  using outcome = std::invoke_result_t<F&, sqlite_notes&>;
  auto call = [this, query = std::move(query), pass = std::move(*inside)]() mutable -> outcome {
    reader_loan loan(*this);
    if (auto refused = guard_->refuses_reads()) return *refused;
    auto answer = query(*loan.reader);
    heed(*loan.reader, answer);
    return answer;
  };
  worker_timer timer(co_await asio::this_coro::executor);
  auto answer = co_await pool_.async_run(std::move(call), asio::cancel_after(timer, limit_, use_task));
  if (!answer && answer.error().code == errc::canceled) {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return given_up(answer.error(), state.cancelled());
  }
  co_return answer;
}

/// A read that failed for the database's sake is a reason to look after it at once.
template <class Outcome>
void sqlite_note_store::heed(sqlite_notes& reader, const Outcome& answer) {
  if (answer || answer.error().code != errc::unavailable) return;
  if (reader.database().damaged()) guard_->damaged(answer.error().detail);
  if (reader.database().broken()) guard_->index_was_cut();
  if (look_asked_.exchange(true)) return;
  auto look = [this] {
    look_asked_ = false;
    if (writer_) writer_->look();
  };
  try {
    if (!lane_.post(look)) look_asked_ = false;
  } catch (...) {
    look_asked_ = false;
    throw;
  }
}

/// The next look is due before this one is taken, and its wait takes no memory: no failure is the end of the looks.
void sqlite_note_store::look_each_second(std::shared_ptr<look_timer> timer) {
  auto& next = *timer;
  next.expires_after(look_interval);
  next.async_wait(look_memory_.hold([this, timer = std::move(timer)](const boost::system::error_code& cancelled) {
    if (cancelled || !writer_) return;
    look_each_second(timer);
    writer_->look();
  }));
}

task<result<note>> sqlite_note_store::write(sqlite_writer::operation operation) {
  auto inside = gate_.enter();
  if (!inside) co_return inside.error();
  worker_timer timer(co_await asio::this_coro::executor);
  auto answer = co_await writer_->async_write(std::move(operation), std::move(*inside),
                                              asio::cancel_after(timer, limit_, use_task));
  if (!answer && answer.error().code == errc::canceled) {
    const auto state = co_await asio::this_coro::cancellation_state;
    co_return given_up(answer.error(), state.cancelled());
  }
  co_return answer;
}

/// What to answer a caller who gave up: `timed_out` if it was by our limit, `canceled` if by his own will.
error sqlite_note_store::given_up(error how, asio::cancellation_type by_caller) const {
  if (by_caller == asio::cancellation_type::none) {
    return {errc::timed_out, "no answer within " + std::to_string(limit_.count()) + " ms; " + how.detail};
  }
  return how;
}

asio::awaitable<void> sqlite_note_store::close() {
  gate_.shut();
  const result<void> idle = co_await gate_.async_empty(lane_.executor(), asio::use_awaitable);
  if (!idle) throw boost::system::system_error(asio::error::operation_aborted, waiting_for() + " still under way");
  if (!writer_) co_return;  // closed before
  auto files = [this] { return close_files(); };
  const result<void> closed = co_await lane_.async_run(files, asio::use_awaitable);
  co_await lane_.close();
  if (!closed) throw std::runtime_error(closed.error().detail);
}

result<void> sqlite_note_store::close_files() {
  if (const auto timer = next_look_.lock()) timer->cancel();
  if (guard_->refuses_writes()) {
    for (auto& reader : idle_readers_) reader->database().leave_log_behind();
  }
  idle_readers_.clear();
  auto done = writer_->finish();
  writer_.reset();  // the last connection: SQLite removes the -wal and -shm files with it
  return done;
}

}  // namespace sundown::storage
