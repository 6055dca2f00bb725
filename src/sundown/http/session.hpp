#pragma once

#include "http/connection.hpp"
#include "http/workspace.hpp"

#include <sundown/task.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace sundown::http::detail {

/// One connection's requests: read, routed, answered in order.
///
/// One coroutine, run(). Its hot path, a small request with a plain handler, is one wait for input, one read, one write
/// and no allocation; whatever must wait (a coroutine handler, a body that comes later, an answer that doesn't fit the
/// kernel's buffer) suspends it. Everything that is complete in the input is answered before the one write.
///
/// Thread safety: the worker's thread only, but for the connection's status. Lifetime: the parts outlive it.
class session final : public protocol {
 public:
  /// `encrypted`: what the listener encrypts with; nullptr in the clear.
  session(worker_parts& parts, boost::scope::unique_fd socket, const encryption* encrypted)
      : client_(parts, std::move(socket), *this, encrypted) {}
  ~session() { release_workspace(); }

  task<> run();
  /// The same behind the handshake of TLS, which chooses the protocol (ALPN).
  task<> run_encrypted();
  /// Either of them behind the header of the PROXY protocol.
  task<> run_behind_proxy();

  detail::connection& connection() noexcept { return client_; }

  void cancel_handlers() override;
  void on_client_gone() override;
  void on_finish() override { book_lost_request(); }
  void on_run_end(clock::time_point now) override;
  const exchange* under_way() override;

 private:
  /// What run() does next, for as long as the connection goes on.
  enum class next {
    read,     ///< wait for input
    receive,  ///< what the transport holds already
    serve,    ///< what is in the buffer
    change,   ///< to HTTP/2
    queue,    ///< for admission
    call,     ///< the handler of the request under way, which may have to be waited for
  };

  void await_input();
  /// When the request under way is to be there, whole.
  clock::time_point request_deadline();
  next receive();
  next on_interrupt();
  /// Parses and answers everything that is complete in the buffer.
  next serve_buffered();
  /// Until the request under way may begin, or is refused.
  task<> await_admission();
  void refuse_admission(shed_reason why);
  /// Admitted, it is served before its body is there: by guards, or a handler that reads the body.
  bool begins_at_head() const;
  /// Answers the request under way; false if its handler is to be called for that.
  bool answer_at_once();

  /// The connection carries HTTP/2 from here to its end, which run() comes to then: the handshake has chosen it, or the
  /// client has begun with the preface. No coroutine of its own, for its frame would stay as long.
  task<> speak_http2();
  void leave_http2() noexcept;

  /// The answer is written, or will be with the next one's: if there is one, its request has ended.
  void answer_written();
  /// The request under way, if there is one, ends with the connection, or without it if its handler never ends.
  void book_lost_request();
  /// Every request that was begun comes here once: its count and its line in the access log. `cut`: why its answer is
  /// not whole; then its handler may still look at it.
  void book_request(std::string_view cut);

  bool has_request() const noexcept { return work_ && work_->current.parser; }
  transport::status read();
  void release_workspace() noexcept;

  detail::connection client_;
  std::unique_ptr<workspace> work_;
  std::uint8_t empty_lines_ = 0;  ///< since the last request
  bool served_ = false;           ///< at least one request: idle, no longer fresh
  bool lost_ = false;             ///< the last request is booked as cut
};

}  // namespace sundown::http::detail
