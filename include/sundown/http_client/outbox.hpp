#pragma once

#include <sundown/error.hpp>
#include <sundown/http_client/settings.hpp>
#include <sundown/task.hpp>
#include <sundown/trace/context.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sundown {
class service;
namespace trace {
class tracer;
}
}  // namespace sundown

/// Events that reach another service at least once: a service's store keeps each one in the same write as the change
/// that it tells of, and the outbox delivers them from there.
namespace sundown::http_client {

class client;

namespace asio = boost::asio;

/// An event that waits in a store.
struct outbox_event {
  outbox_event(std::string its_id, std::string its_body, std::string its_key)
      : id(std::move(its_id)), body(std::move(its_body)), key(std::move(its_key)) {}

  std::string id;    ///< sent as `webhook-id`: one for each event, the same at each attempt; visible ASCII, no dot
  std::string body;  ///< JSON
  std::string key;   ///< what the store knows it by
  /// The span in which it was written, which its delivery is below; empty: in none. A store may keep its
  /// context::traceparent() with the event.
  trace::context origin;
};

/// The oldest events of one subject, such as an order: delivered one after the other, before its later ones.
struct outbox_turn {
  outbox_turn(std::string whose, std::vector<outbox_event> oldest, std::uint64_t in_vain)
      : subject(std::move(whose)), events(std::move(oldest)), failures(in_vain) {}

  std::string subject;
  std::vector<outbox_event> events;  ///< the oldest one first; none: somebody has delivered them meanwhile
  std::uint64_t failures = 0;        ///< attempts in vain since the last delivery
};

/// What came of a turn.
struct outbox_outcome {
  explicit outbox_outcome(outbox_turn its_turn) : turn(std::move(its_turn)) {}

  outbox_turn turn;
  std::size_t delivered = 0;           ///< so many of its events, from the first one on
  bool failed = false;                 ///< the next one was tried, in vain
  std::chrono::milliseconds pause{0};  ///< before the subject's next turn, if events of it are left
};

/// Asks for turns, and owns them until `until_ms`. Times are milliseconds since the Unix epoch, by this host's clock.
struct outbox_claim {
  outbox_claim(std::string its_holder, std::size_t most_subjects, std::size_t most_events, std::int64_t now,
               std::int64_t until)
      : holder(std::move(its_holder)), subjects(most_subjects), events(most_events), now_ms(now), until_ms(until) {}

  std::string holder;    ///< of this claim alone
  std::size_t subjects;  ///< turns at most
  std::size_t events;    ///< in one turn at most
  std::int64_t now_ms, until_ms;
};

/// What waits in a store.
struct outbox_backlog {
  outbox_backlog() = default;

  std::uint64_t subjects = 0;  ///< those with events that wait
  std::int64_t oldest_ms = 0;  ///< when the oldest of these events was written, milliseconds since the Unix epoch
};

/// The seam to a service's store, which other instances use too.
///
/// The store writes an event in the write that it tells of, so that there is never one without the other, and calls
/// written() after it. Order: the events of a subject are claimed in the order of their writes. A subject whose turn is
/// claimed is nobody else's until the claim's end or its settlement.
/// Errors: values, never an exception. Thread safety: the tasks are run on the outbox's thread; written() on any.
class outbox_store {
 public:
  outbox_store() = default;
  outbox_store(const outbox_store&) = delete;
  outbox_store& operator=(const outbox_store&) = delete;
  virtual ~outbox_store() = default;

  /// Turns of subjects whose pause is over and that nobody holds, the longest waiting first. Where there is none it
  /// writes nothing.
  virtual task<result<std::vector<outbox_turn>>> claim(outbox_claim how) = 0;
  /// Forgets what was delivered, whoever holds the subject now; where that is still `holder`, its next turn is after
  /// the pause, counted from now_ms.
  virtual task<result<void>> settle(std::vector<outbox_outcome> outcomes, std::string holder, std::int64_t now_ms) = 0;
  virtual task<result<outbox_backlog>> backlog() = 0;

  /// For the outbox: what written() calls. Before the service serves.
  void on_written(std::function<void()> call) { on_written_ = std::move(call); }

 protected:
  /// An event is there for good.
  void written() const {
    if (on_written_) on_written_();
  }

 private:
  std::function<void()> on_written_;
};

/// Delivers the events of a store by POST to settings.url, after the convention of Standard Webhooks
/// (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` (of the attempt, in seconds) and, with a
/// secret, `webhook-signature: v1,` with the HMAC-SHA256 of "id.timestamp.body".
///
/// At least once, those of one subject in order: an event is sent until its answer is 2xx, also by the next process.
/// One that was sent, and whose answer is lost or comes after the stop, is sent again: receivers know it by its id.
/// After a failure its subject pauses, for half a second first and twice as long each time, up to `retry_max`, less a
/// random part of at most a half, and no shorter than `Retry-After` says (an hour at most). No answer, 408, 429 and 5xx
/// are the receiver's state: then one subject alone is tried at a time, after such a pause, until one succeeds. 410
/// Gone is told in the log as an error, and tried again after an hour or by the next process.
/// Several instances: each takes turns of subjects that no other has; one that dies loses its turns after `lease`.
/// Bounds: 64 subjects in memory with 16 events each, 8 calls at a time; what waits is in the store.
///
/// At the stop it takes no more turns once 50 ms have passed, gives up the calls that are still under way, and leaves
/// the rest in the store, which it waits for no longer than 50 ms more; omitted() says of how many subjects.
/// Thread safety: figures and waiting_for() from any thread. Lifetime: client and store must outlive it; it is closed
/// before they are.
class outbox {
 public:
  /// `how` has a URL. Nothing is sent before start(). With `traces`, which outlive it, each attempt has a span below
  /// that in which the event was written, whichever process that was; where they are off, or there are none, the
  /// receiver is told where the event comes from all the same.
  outbox(client& calls, outbox_store& store, const outbox_settings& how, const trace::tracer* traces = nullptr);
  outbox(const outbox&) = delete;
  outbox& operator=(const outbox&) = delete;
  ~outbox();

  /// Throws startup_error if there can be no thread for it.
  void start();

  asio::awaitable<void> close();
  /// "2 deliveries", or "".
  std::string waiting_for() const;
  /// After close(): "events of 12 subjects, which stay in the store", or "".
  std::string omitted() const;
  /// Gives up what is under way and ends the thread, if close() has not.
  void abandon();

  std::uint64_t delivered() const noexcept;  ///< events, since start()
  std::uint64_t failed() const noexcept;     ///< attempts in vain
  /// What waits in the store, as of the last look at it, within five seconds.
  std::uint64_t subjects_waiting() const noexcept;
  std::chrono::milliseconds oldest_age() const noexcept;

 private:
  struct core;
  std::unique_ptr<core> core_;
};

/// Makes a client and an outbox for it parts of the service, under `name` and "NAME outbox"; their figures are in
/// /metrics (`NAME_outbox_...`). Delivery begins when the service serves. The store must be a part, or belong to one,
/// that was added before.
outbox& open_outbox(service& app, outbox_store& store, const outbox_settings& how, const std::string& name);

}  // namespace sundown::http_client
