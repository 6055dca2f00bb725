#pragma once

#include <sundown/http_client.hpp>
#include <sundown/http_client/outbox.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sundown::http_client {

/// What an attempt to deliver an event says of the event and of the receiver.
enum class verdict {
  delivered,
  refused,   ///< this event, by a receiver that is well: others may fare better
  away,      ///< the receiver is down, overloaded, or can't be reached
  gone,      ///< the receiver wants no more events (410)
  given_up,  ///< by us
};

struct judgement {
  judgement(verdict how, std::string reason, std::chrono::milliseconds wait = {})
      : what(how), why(std::move(reason)), retry_after(wait) {}

  verdict what;
  std::string why;                        ///< for the log
  std::chrono::milliseconds retry_after;  ///< the receiver asks for so long a pause, an hour at most; 0: for none
};

judgement judge(const result<answer>& got, std::chrono::system_clock::time_point now);

/// The POST that delivers the event. `key`: the bytes of the secret; nothing: it isn't signed.
request delivery_of(const outbox_event& event, const outbox_settings& how, const std::optional<std::string>& key,
                    std::chrono::system_clock::time_point now);

/// The pause after so many attempts in vain: half a second, twice as long for each further one, `longest` at most, less
/// a part of at most a half (`part` of 0 to 1 of it); no shorter than `retry_after`.
std::chrono::milliseconds retry_pause(std::uint64_t failures, std::chrono::milliseconds longest,
                                      std::chrono::milliseconds retry_after, double part);

}  // namespace sundown::http_client
