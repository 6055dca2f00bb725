#pragma once

#include <sundown/http/figures.hpp>
#include <sundown/time.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sundown::http2 {

/// What a connection is ended for, in the order of http::flood_names.
enum class flood : std::uint8_t {
  resets,         ///< streams that end before their answer, by whose fault ever (CVE-2023-44487)
  continuations,  ///< CONTINUATION frames (CVE-2024-27316)
  header_list,    ///< a head of many times http.header_limit, which HPACK makes of few bytes
  empty_data,     ///< DATA frames that bring nothing (CVE-2019-9518)
  control,        ///< PING, SETTINGS, PRIORITY, and tiny WINDOW_UPDATE (CVE-2019-9512, 9515, 9513)
  library,        ///< nghttp2's own limits
};

/// Counts the frames of a connection that cost something and bring nothing. A client in good order has some of them, so
/// they are only too many when they come for long at a pace that nothing but an attack has.
class flood_meter {
 public:
  static constexpr std::uint64_t burst = 1000;
  static constexpr std::uint64_t per_second = 100;

  /// One more. False: it is too many.
  bool tolerates(clock::time_point now) noexcept {
    const std::chrono::duration<double> passed = now - since_;
    since_ = now;
    left_ = std::min<double>(burst, left_ + passed.count() * per_second) - 1;
    return left_ >= 0;
  }

 private:
  double left_ = burst;
  clock::time_point since_ = clock::now();
};

}  // namespace sundown::http2
