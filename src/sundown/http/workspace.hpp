#pragma once

#include "http/exchange.hpp"
#include "http/input_buffer.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sundown::http::detail {

/// What a connection needs only while a request is under way: buffers and the exchange itself. An idle connection gives
/// it back, which is what keeps it under 2 kB.
struct workspace {
  explicit workspace(std::size_t header_limit) : in(header_limit) {}

  input_buffer in;
  exchange current;
  std::string out;                   ///< heads and small bodies, ready to be written
  std::string tail;                  ///< one large body, written after `out` without being copied
  std::size_t written = 0;           ///< of out + tail
  asio::cancellation_signal cancel;  ///< the hard token of the running handler
};

/// The free workspaces of one worker.
class workspace_pool {
 public:
  explicit workspace_pool(std::size_t header_limit) : header_limit_(header_limit) { free_.reserve(keep); }

  std::unique_ptr<workspace> take() {
    if (free_.empty()) return std::make_unique<workspace>(header_limit_);
    auto one = std::move(free_.back());
    free_.pop_back();
    return one;
  }

  /// Takes no memory: it is called by destructors.
  void give_back(std::unique_ptr<workspace> one) noexcept {
    if (free_.size() >= keep || one->out.capacity() > largest_kept) return;
    one->in.clear();
    one->out.clear();
    std::string().swap(one->tail);  // with its memory, which an assignment would keep
    one->written = 0;
    one->current.parser.reset();
    one->current.attributes.clear();
    one->current.status = 0;
    free_.push_back(std::move(one));
  }

 private:
  static constexpr std::size_t keep = 256;
  static constexpr std::size_t largest_kept = 256 << 10;

  std::size_t header_limit_;
  std::vector<std::unique_ptr<workspace>> free_;
};

}  // namespace sundown::http::detail
