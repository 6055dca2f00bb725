#pragma once

#include "tls/context.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sundown::tls {

/// The context that a listener's new connections get. A renewal replaces it; connections that stand keep theirs.
///
/// Thread safety: any thread.
class store {
 public:
  explicit store(std::string section) : section_(std::move(section)) {}

  /// "http.tls"
  const std::string& section() const noexcept { return section_; }
  std::shared_ptr<const context> current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void replace(std::shared_ptr<const context> fresh) {
    const std::lock_guard lock(mutex_);
    current_.swap(fresh);
  }

  // Since the start: how often files that had changed were taken, and how often they were refused.
  std::uint64_t renewed() const noexcept { return renewed_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }
  void count_renewed() noexcept { renewed_.fetch_add(1, std::memory_order_relaxed); }
  void count_refused() noexcept { refused_.fetch_add(1, std::memory_order_relaxed); }

 private:
  const std::string section_;
  mutable std::mutex mutex_;
  std::shared_ptr<const context> current_;
  std::atomic<std::uint64_t> renewed_{0}, refused_{0};
};

}  // namespace sundown::tls
