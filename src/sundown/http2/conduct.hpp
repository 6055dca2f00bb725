#pragma once

#include "http2/flood_meter.hpp"

#include <sundown/time.hpp>

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sundown::http {
namespace detail {
class connection;
}
}  // namespace sundown::http

namespace sundown::http2 {

/// What a client may do, beyond what nghttp2 looks after: floods, and frames on streams that have ended. A client that
/// breaks a rule hears why in GOAWAY, and nothing that it sends counts any more.
///
/// Thread safety: the worker's thread only. Lifetime: of the session, which it is a part of.
class conduct {
 public:
  conduct(http::detail::connection& client, nghttp2_session* library) noexcept : client_(client), library_(library) {}

  /// A rule is broken: only its GOAWAY is left to be sent.
  bool failed() const noexcept { return failed_; }
  /// False: it is one too many, and the connection ends.
  bool tolerates(flood kind, clock::time_point now);
  void end_for(flood kind);
  void break_off(std::uint32_t code);
  /// By an error of nghttp2's, from what was received.
  void break_off_for(int error);

  void on_begin_frame(const nghttp2_frame_hd& head, clock::time_point now);
  void on_window_update(const nghttp2_frame& update, clock::time_point now);
  void on_data_sent(std::size_t bytes) noexcept {
    updates_due_ += 2;
    sent_ = std::min(sent_ + bytes, most_sent);
  }
  /// Ends the connection for a frame on a stream that its client has ended, or has passed over.
  void expect_open(std::int32_t id);
  /// The client may have frames of this stream under way that nobody waits for.
  void pass_over(std::int32_t id) noexcept { last_reset_ = std::max(last_reset_, id); }
  /// The same of every stream: what comes behind the last GOAWAY comes too late.
  void pass_over_all() noexcept { last_reset_ = INT32_MAX; }

 private:
  /// It opens a window again by what a small answer has taken of it, as HAProxy does for each; where the window was
  /// closed before, it is what makes answers so small (CVE-2019-9511).
  bool acknowledges_data(const nghttp2_frame& update);
  /// Enough was sent since the last one: a client that opens its windows by each piece that it gets makes pieces small
  /// without meaning to, once the windows are closed (the silly window syndrome, RFC 1122 §4.2.3.4).
  bool is_earned_by_data() noexcept;

  static constexpr std::size_t most_sent = 1 << 20;

  http::detail::connection& client_;
  nghttp2_session* library_;
  flood_meter meter_;
  std::size_t updates_due_ = 0;   ///< of windows, for DATA that was sent: the stream's and the connection's
  std::size_t sent_ = 0;          ///< bytes of DATA that have earned no tiny update yet
  std::int32_t last_opened_ = 0;  ///< the last stream that the client has opened, refused ones included
  std::int32_t last_reset_ = 0;   ///< the highest that was reset from here: frames of it may be under way
  bool failed_ = false;
};

}  // namespace sundown::http2
