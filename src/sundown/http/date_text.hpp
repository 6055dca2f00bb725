#pragma once

#include <ctime>
#include <string>

namespace sundown::http::detail {

/// The value of Date, as RFC 9110 §5.6.7 writes it; made once a second.
///
/// Thread safety: one thread.
class date_text {
 public:
  /// True: it is another one than before.
  bool refresh() {
    timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec == second_) return false;
    second_ = now.tv_sec;
    tm utc;
    gmtime_r(&second_, &utc);
    char text[64];
    text_.assign(text, strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc));
    return true;
  }
  const std::string& text() const noexcept { return text_; }

 private:
  std::time_t second_ = 0;
  std::string text_;
};

}  // namespace sundown::http::detail
