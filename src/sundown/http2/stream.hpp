#pragma once

#include "http/carrier.hpp"
#include "http/exchange.hpp"
#include "http/session_status.hpp"
#include "http/streaming.hpp"
#include "http2/request_head.hpp"
#include "http2/waiter.hpp"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sundown::http2 {

class session;

/// A request and its answer on a stream of HTTP/2: what a connection of HTTP/1 does for one at a time.
///
/// Made once and used for one request after the other, of any connection of its worker (stream_pool).
/// Thread safety: the worker's thread only, but for what its status shows. Lifetime: until its handler has ended, also
/// where the stream is reset before.
class stream final
    : public http::detail::carrier,
      public http::detail::body_source,
      public http::detail::stream_sink,
      public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
 public:
  explicit stream(http::detail::worker_parts& parts);
  ~stream();
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  void begin(session& owner, std::int32_t id, clock::time_point now);
  /// Nobody uses the request any more.
  void end() noexcept;

  std::int32_t id() const noexcept { return id_; }
  bool runs() const noexcept { return runs_; }
  /// Its request is to be answered, or is being answered.
  bool is_open() const noexcept { return !closed_; }
  /// Its answer is written whole, but for what waits for the socket.
  bool is_answered() const noexcept { return answered_; }
  clock::time_point deadline() const noexcept { return deadline_; }
  clock::time_point run_end() const noexcept { return run_end_; }
  const char* cut_reason() const noexcept { return cut_; }

  // -- what nghttp2 tells

  void on_field(std::string_view name, std::string_view value) { head_.add(*current_.parser, name, value); }
  std::size_t head_size() const noexcept { return head_.size(); }
  /// True if the request is to be served now.
  bool on_head(bool has_body);
  bool on_body(std::string_view bytes);
  bool on_body_end();
  /// The client has closed its side: what has not come never comes.
  void on_input_end();
  /// Fills in the answer's next bytes; DEFERRED if there are none yet.
  long take(std::uint8_t* into, std::size_t room, std::uint32_t& flags);
  void on_answered() noexcept { answered_ = true; }
  /// Nothing more goes over it. `why`, a literal: why its answer is not whole.
  void on_close() noexcept { closed_ = true; }
  void lose(const char* why);

  // -- what the session tells

  /// Answers, or calls what answers.
  void serve();
  void on_announce(clock::time_point now);
  void on_hard_cancel();
  void on_deadline(clock::time_point now);
  /// Gives the stream up by a limit.
  void give_up(const char* why);
  void report_cut(const char* why);
  /// Its line in the access log, and its count.
  void book(clock::time_point now);
  bool is_booked() const noexcept { return booked_; }

  // -- carrier
  http::detail::worker_parts& parts() noexcept override { return parts_; }
  http::detail::exchange& current() noexcept override { return current_; }
  http::detail::session_status& status() noexcept override { return status_; }
  void set_run_end(clock::time_point when) override;
  asio::cancellation_signal& cancel() noexcept override { return cancel_; }
  http::detail::body_source& body() noexcept override { return *this; }
  http::detail::stream_sink& sink() noexcept override { return *this; }
  bool lost() const noexcept override { return lost_ || closed_; }
  void leave_body() override {}
  void pass_over_body() override {}
  void answer(http::response given) override;
  void answer_stopping() override;
  const char* finish_stream() override;
  void break_off() override;

 private:
  class piece_guard;

  // -- body_source
  task<result<std::string_view>> read_piece() override;
  // -- stream_sink
  void answer_instead(http::response whole) override;
  task<result<void>> start_stream(http::response head, http::detail::framing body, bool endless) override;
  task<result<void>> write_piece(std::string_view piece) override;
  task<bool> wait(std::chrono::milliseconds most) override;

  task<> run();
  void start();
  /// The handler has returned, or the guards have let the request in.
  void on_run_end();
  void submit_head(http::detail::framing body, bool has_body);
  void ask_for_body();
  void set_deadline(clock::time_point when);
  clock::time_point body_deadline() const;
  void limit_to_stream_grace(clock::time_point now);
  bool stalls(clock::time_point now);
  void time_out();
  error body_failed(http::detail::body_fault why, std::string detail);

  http::detail::worker_parts& parts_;
  session* session_ = nullptr;
  http::detail::stream_status status_;
  http::detail::exchange current_;
  request_head head_;
  asio::cancellation_signal cancel_;
  waiter waiter_;

  std::string in_;        ///< of the body, read by no handler yet
  std::string given_;     ///< the piece that the handler has
  std::size_t held_ = 0;  ///< bytes whose window is given back once the guards have let them in
  std::uint64_t body_limit_ = 0;

  http::response answer_;
  std::size_t sent_ = 0;    ///< of the answer's body
  std::string_view piece_;  ///< of a stream, what is not sent yet

  clock::time_point deadline_{}, grace_end_{}, run_end_{}, taken_at_{};
  const char* cut_ = nullptr;
  std::int32_t id_ = 0;
  bool runs_ = false;
  bool closed_ = false;
  bool lost_ = false;
  bool answered_ = false;
  bool stream_ended_ = false;
  bool broken_ = false;  ///< a piece was taken in part only
  bool booked_ = false;
  bool reads_ = false;
};

}  // namespace sundown::http2
