#pragma once

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sundown::http2 {

/// Finds the heads of DATA frames in what a client sends (RFC 9113 §4.1), however it is cut: nghttp2 says nothing of
/// those that it passes over.
class data_watch {
 public:
  static constexpr std::size_t head_size = 9;

  /// Looks at bytes up to the next such head, its last byte included, or at all. How many that are.
  std::size_t look_at(std::string_view bytes) noexcept {
    stream_ = 0;
    std::size_t looked_at = 0;
    while (looked_at < bytes.size()) {
      if (payload_ > 0) {
        const auto passed = std::min(payload_, bytes.size() - looked_at);
        payload_ -= passed;
        looked_at += passed;
        continue;
      }
      const auto some = std::min(head_.size() - of_head_, bytes.size() - looked_at);
      std::memcpy(head_.data() + of_head_, bytes.data() + looked_at, some);
      of_head_ += some;
      looked_at += some;
      if (of_head_ == head_.size()) end_head();
      if (stream_ != 0) break;
    }
    return looked_at;
  }
  /// Its stream; 0: there was none.
  std::int32_t stream() const noexcept { return stream_; }
  /// What has come of a head whose end has not: the last of the bytes that were looked at.
  std::string_view begun() const noexcept { return {head_.data(), of_head_}; }
  /// It will be looked at again, with what comes of it.
  void forget_begun() noexcept { of_head_ = 0; }

 private:
  void end_head() noexcept {
    of_head_ = 0;
    payload_ = std::size_t{byte(0)} << 16 | std::size_t{byte(1)} << 8 | byte(2);
    if (byte(3) != NGHTTP2_DATA) return;
    stream_ = (byte(5) & 0x7f) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
  }
  std::uint8_t byte(std::size_t at) const noexcept { return static_cast<std::uint8_t>(head_[at]); }

  std::size_t payload_ = NGHTTP2_CLIENT_MAGIC_LEN;
  std::array<char, head_size> head_{};
  std::size_t of_head_ = 0;
  std::int32_t stream_ = 0;
};

}  // namespace sundown::http2
