#pragma once

#include "http/worker_parts.hpp"
#include "http2/answer_head.hpp"
#include "http2/block_pool.hpp"
#include "http2/stream.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sundown::http2 {

/// What the connections of one worker share: streams that wait for a request, the fields of answers, room for what is
/// written.
class shared {
 public:
  explicit shared(http::detail::worker_parts& parts) : parts_(parts) { free_.reserve(keep); }

  static shared& of(http::detail::worker_parts& parts) {
    if (!parts.http2_store) parts.http2_store = std::make_shared<shared>(parts);
    return *static_cast<shared*>(parts.http2_store.get());
  }

  std::unique_ptr<stream> take() {
    if (free_.empty()) return std::make_unique<stream>(parts_);
    auto taken = std::move(free_.back());
    free_.pop_back();
    return taken;
  }
  /// Takes no memory.
  void give_back(std::unique_ptr<stream> used) noexcept {
    used->end();
    if (free_.size() < keep) free_.push_back(std::move(used));
  }

  answer_head heads;
  block_pool blocks;
  std::string out;

 private:
  static constexpr std::size_t keep = 256;

  http::detail::worker_parts& parts_;
  std::vector<std::unique_ptr<stream>> free_;
};

}  // namespace sundown::http2
