#pragma once

#include "http/connection.hpp"
#include "http2/conduct.hpp"
#include "http2/data_watch.hpp"
#include "http2/library.hpp"
#include "http2/outlet.hpp"
#include "http2/stream.hpp"
#include "http2/waiter.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::http2 {

class shared;

/// One connection's streams: frames in and out, the stop as HTTP/2 says it, and the connection's limits.
///
/// One coroutine reads, run(). What is to be written, by whichever stream, goes out in one write for each wake-up:
/// flush(). Handlers run beside it, each in a coroutine of its own.
///
/// The stop (RFC 9113 §6.8): GOAWAY with the highest id and a PING at once. The client knows of the stop when it has
/// acknowledged the second PING, and what it has sent until then is served. Then GOAWAY with the last stream, and when
/// that has its answer, the end. Thread safety: the worker's thread only. Lifetime: that of run(), and of every handler
/// that it has started.
class session final : public http::detail::protocol, public std::enable_shared_from_this<session> {
 public:
  explicit session(http::detail::connection& client);
  ~session();
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// `self` keeps it until then.
  task<> run(std::shared_ptr<session> self, std::string received);

  // -- for streams

  http::detail::connection& client() noexcept { return client_; }
  std::shared_ptr<session> share() { return shared_from_this(); }
  clock::time_point now() const noexcept { return now_; }
  bool input_ended() const noexcept { return read_closed_; }
  std::chrono::milliseconds stall_limit() const;
  void look_by(clock::time_point when);
  /// The same for the time of a handler, which is looked at on the point.
  void watch_run_end(clock::time_point when);
  void submit_answer(stream& on, const http::response& head, http::detail::framing body, bool has_body);
  void submit_continue(const stream& on);
  void reset(const stream& which, std::uint32_t code);
  /// Its answer has more bytes.
  void resume(const stream& which);
  /// The client may send so much more of a body.
  void open_window(const stream& which, std::size_t bytes);
  /// The client lets no byte of its answer come.
  bool window_closed(const stream& which) const;
  void end_for_slow_head();
  void run_begins() noexcept { ++running_; }
  void run_ended(stream& which);
  /// Writes what there is, without waiting.
  void flush() { out_.flush(); }
  /// The same once all that is ready to run has run.
  void flush_soon();

  // -- for its outlet

  bool owes_farewell() const noexcept { return farewell_ == farewell::due; }
  void on_written();
  /// Settles what has changed meanwhile.
  void go_on();
  void set_deadlines();
  void lose_client();
  /// Ends the wait of run().
  void stir();

  // -- for nghttp2: 0 or an error code of it

  /// The open stream of that number, if there is one.
  stream* find(std::int32_t id);
  int on_begin_frame(const nghttp2_frame_hd& head);
  void on_invalid_frame(const nghttp2_frame_hd& head);
  int on_begin_request(std::int32_t id);
  int on_field(const stream& at);
  int on_frame(const nghttp2_frame& frame);
  int on_data(std::int32_t id, std::string_view bytes);
  int on_frame_sent(const nghttp2_frame& frame);
  int on_close(stream& at, std::uint32_t code);

  // -- protocol
  void cancel_handlers() override;
  void on_client_gone() override { cancel_handlers(); }  // each stream says what becomes of its own
  void on_finish() override;
  const http::detail::exchange* under_way() override { return nullptr; }
  void for_each_request(const std::function<void(const http::detail::exchange&)>& call) override;
  void on_announce(clock::time_point now) override;
  void on_hard_cancel() override;
  void on_deadline(clock::time_point now) override;
  void report_cut(const char* why) override;

 private:
  /// What the client has been told of the end.
  enum class farewell : std::uint8_t {
    none,
    announced,  ///< GOAWAY with the highest id, and a PING
    due,        ///< GOAWAY with the last stream is to be sent next
    said,
  };

  void begin();
  void receive(std::string_view bytes);
  void receive_frames(std::string_view bytes);
  void take_in(std::string_view bytes);
  void end_input();
  /// True if the connection's turn is over before all is read.
  bool read_all();
  void serve_ready();
  /// After anything has happened: what is ready is served and written, and the connection ends if nothing is left.
  void settle();
  void announce();
  void limit_to_idle_grace();
  /// The client has acknowledged a PING of the stop.
  void on_round_trip();
  void say_farewell();
  void book_written();
  void end_if_done();
  void set_phase();
  /// What has to be ended for a limit, once all is read that had come by then: this thread may come late to it.
  void heed_limits();
  /// Gives back memory once the connection has been idle for a while.
  void rest();
  /// Streams that nothing more goes over.
  void drop_gone();
  void release(stream& which);
  task<> finish();

  http::detail::connection& client_;
  http::detail::worker_parts& parts_;
  shared& shared_;
  library_session library_;
  void* const table_;  ///< in which nghttp2 finds its streams, a page of the pool's; nullptr if it has another
  outlet out_;
  conduct conduct_;
  waiter wake_;
  data_watch data_watch_;
  clock::time_point now_ = clock::now();
  clock::time_point announce_end_ = clock::time_point::max();
  boost::intrusive::list<stream> streams_;  ///< with those whose handler runs though they are closed
  stream* found_ = nullptr;                 ///< by the last find()
  std::vector<stream*> ready_;
  std::vector<stream*> gone_;      ///< closed without their answer
  std::vector<stream*> answered_;  ///< closed, but their last bytes are not written
  std::size_t running_ = 0;
  std::uint64_t owed_ = 0;  ///< of what the client sends, what is read before its limits are heeded
  farewell farewell_ = farewell::none;
  std::uint8_t answers_ = 0;  ///< of the last 256
  int round_trips_ = 0;       ///< of the stop's PING
  bool rests_ = false;
  bool settling_ = false;
  bool flush_posted_ = false;
  bool read_closed_ = false;  ///< by the client's FIN
  bool limits_passed_ = false;
  bool ended_ = false;
};

}  // namespace sundown::http2
