#pragma once

#include "http/connection.hpp"

#include <sundown/http/response.hpp>
#include <sundown/http/stream.hpp>
#include <sundown/task.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace sundown::http {

/// One connection's requests: read, routed, answered in order.
///
/// One coroutine, run(). Its hot path, a small request with a plain handler, is one wait for input, one read, one write
/// and no allocation; whatever must wait (a coroutine handler, a body that comes later, an answer that doesn't fit the
/// kernel's buffer) suspends it. Everything that is complete in the input is answered before the one write.
///
/// Lifetime: owned by its coroutine. Thread safety: the worker's thread only, but for session_status.
class session final : public detail::connection {
 public:
  session(detail::worker& owner, detail::worker_socket socket) : connection(owner, std::move(socket)) {}

  task<> run();
  void on_finish() override { request_lost(); }

 private:
  friend class body_reader;
  friend class response_stream;

  /// What run() does next.
  enum class next { read, advance, flush, call, finish };

  // -- reading (session.cpp)
  void await_input();
  next receive();
  next on_interrupt();
  /// Parses and answers everything that is complete in the buffer.
  next advance();
  enum class parsed { incomplete, complete, refused };
  parsed parse();
  /// Skips empty lines; false if nothing else is there.
  bool begin_request();
  /// The head is there: the route or a refusal, and what is to become of the body (session_head.cpp).
  void on_head();
  void route_request();
  void ask_guards_first();
  /// A guard's response, at once; the connection's last unless the whole body is there.
  void refused_by_guard(response given);
  void ask_for_body();
  sundown::clock::time_point body_deadline() const;

  // -- answering (session_answer.cpp)
  /// Runs a plain handler, or gives the refusal; another handler must be awaited: call().
  next dispatch();
  task<next> call();
  /// What a guard or a WebSocket's check says before the handler. `admitted` is false if the request has been answered,
  /// needs no answer any more, or has `refusal` for one.
  struct verdict {
    bool admitted;
    std::optional<response> refusal;
    verdict(bool yes, std::optional<response> instead = {}) : admitted(yes), refusal(std::move(instead)) {}
  };
  task<verdict> ask(std::function<task<std::optional<response>>()> judge);
  /// The route's guards; true if the handler is to be called now.
  task<bool> pass_guards();
  void call_plain(const plain_handler& serve);
  task<> call_async(const async_handler& serve);
  task<> call_upload(const upload_handler& serve);
  task<> call_stream(const stream_handler& serve);
  task<> call_websocket(const route& to, const websocket_handler& serve);  // session_websocket.cpp
  void answer(response given);
  /// The hooks on answers may change it.
  void call_hooks(response& given);
  void fit_for_sending(response& given);
  /// Answers without a handler; the connection ends with it.
  next refuse(response given);
  /// The 503 of the hard cancel, counted and named.
  void answer_stopping();
  void handler_failed(const std::exception_ptr& why);
  void log_failure(std::string_view event, const std::exception_ptr& why);
  /// The answer is written, or will be with the next one's: if there is one, its request has ended.
  void answer_written();
  /// The request that is under way, if one is, ends with the connection, or without it if its handler never ends.
  void request_lost();
  /// Every request that was begun comes here once: its count and its line in the access log. `cut`: why its answer is
  /// not whole; then its handler may still look at it.
  void request_done(std::string_view cut = {});
  /// Writes what is collected, then goes on with `then`.
  next written(next then);
  /// Whether the answer whose head is written now is the connection's last.
  bool is_last_answer();
  bool more_requests_buffered();
  /// The request under way is the last of those that had come when header_grace was over, after the announcement.
  bool owes_no_more();

  // -- bodies and streams, behind body_reader and response_stream (session_stream.cpp)
  task<result<std::string_view>> read_body();
  void answer_instead(response whole);
  task<result<void>> start_stream(response head, detail::framing body, bool endless);
  task<result<void>> write_stream(std::string_view piece);
  task<bool> wait_in_stream(std::chrono::milliseconds howlong);
  void finish_stream();
  error body_failed(unsigned status, std::string detail);

  detail::exchange& current() noexcept { return work_->current; }

  /// Of `received_`: what is answered in the stop, however much more comes. Set when header_grace is over.
  std::optional<std::uint64_t> owed_;
  next after_flush_ = next::read;
  std::uint8_t empty_lines_ = 0;  ///< since the last request
  bool served_ = false;           ///< at least one request: idle, no longer fresh
  bool last_answer_given_ = false;
  bool lost_ = false;    ///< the last request is booked as cut
  bool broken_ = false;  ///< the peer is gone, or the answer can't be completed
};

}  // namespace sundown::http
