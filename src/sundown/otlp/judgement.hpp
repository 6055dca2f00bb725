#pragma once

#include <sundown/http_client.hpp>
#include <sundown/time.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sundown::otlp {

/// What a collector has answered to a batch (OTLP specification, "OTLP/HTTP Response").
struct judgement {
  enum class kind {
    accepted,    ///< all of it, or all but `rejected`
    refused,     ///< for good: another try would fare no better
    overloaded,  ///< 429, 502, 503, 504: try again
    unreachable  ///< no connection, no answer, none that is HTTP: try again
  };

  judgement() = default;

  kind what = kind::accepted;
  std::size_t rejected = 0;                 ///< spans that it has thrown away (partial success)
  std::optional<milliseconds> retry_after;  ///< it names a time before which not to come back, ten minutes at most
  bool unread = false;                      ///< accepted by an answer too long for its partial success to be known
  std::string why;                          ///< for the log
};

judgement judge(const result<http_client::answer>& came, std::size_t spans, std::chrono::system_clock::time_point now);

/// The waits between tries: twice as long each time, up to a limit, each with jitter, so that many services don't come
/// back at one moment.
class backoff {
 public:
  static constexpr milliseconds first{500}, most{15'000};

  /// The next wait; `jitter` from 0 to 1 makes it half to one and a half times as long.
  milliseconds next(double jitter);

 private:
  milliseconds wait_ = first;
};

}  // namespace sundown::otlp
