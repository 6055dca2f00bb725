#pragma once

#include "http/encryption.hpp"
#include "tls/channel.hpp"
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
class store final : public http::encryption {
 public:
  explicit store(std::string section) : section_(std::move(section)) {}

  std::unique_ptr<http::secure_channel> begin(int socket) const override {
    return std::make_unique<channel>(*current(), socket);
  }
  const std::string& section() const noexcept override { return section_; }
  context::time expires() const override { return current()->expires(); }
  std::shared_ptr<const context> current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void replace(std::shared_ptr<const context> fresh) {
    const std::lock_guard lock(mutex_);
    current_.swap(fresh);
  }

  std::uint64_t renewed() const noexcept override { return renewed_.load(std::memory_order_relaxed); }
  std::uint64_t refused() const noexcept override { return refused_.load(std::memory_order_relaxed); }
  void count_renewed() noexcept { renewed_.fetch_add(1, std::memory_order_relaxed); }
  void count_refused() noexcept { refused_.fetch_add(1, std::memory_order_relaxed); }

 private:
  const std::string section_;
  mutable std::mutex mutex_;
  std::shared_ptr<const context> current_;
  std::atomic<std::uint64_t> renewed_{0}, refused_{0};
};

}  // namespace sundown::tls
