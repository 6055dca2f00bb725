#pragma once

#include <sundown/detail/pending_answer.hpp>

#include <boost/asio/async_result.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace sundown::detail {

/// Counts the calls inside by the lifetime of their passes, refuses new ones once shut, and tells when the last has
/// left. Thread safety: any thread. Lifetime: must outlive its passes.
class call_gate {
 public:
  class pass {
   public:
    pass() noexcept = default;  // of no gate
    explicit pass(call_gate& gate) noexcept : gate_(&gate) {}
    pass(pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    pass& operator=(pass&& other) noexcept {
      std::swap(gate_, other.gate_);
      return *this;
    }
    ~pass() { leave(); }
    void leave() noexcept {
      if (auto* gate = std::exchange(gate_, nullptr)) gate->left();
    }

   private:
    call_gate* gate_ = nullptr;
  };

  explicit call_gate(std::size_t limit = std::numeric_limits<std::size_t>::max()) : limit_(limit) {}
  call_gate(const call_gate&) = delete;
  call_gate& operator=(const call_gate&) = delete;

  /// `busy` when `limit` calls are inside, `canceled` once shut.
  result<pass> enter();
  void shut();
  std::size_t inside() const;
  /// "2 <noun>s", or "" when empty.
  std::string describe(const char* noun) const;

  /// Completes with result<void> when no call is inside; shut the gate first. Obeys cancellation.
  template <class Token>
  auto async_empty(asio::any_io_executor fallback, Token&& token) {
    return asio::async_initiate<Token, void(result<void>)>(
        [this](auto handler, const asio::any_io_executor& executor) {
          wait(pending_answer<void>::make(std::move(handler), executor));
        },
        token, std::move(fallback));
  }

 private:
  using waiters = std::vector<std::shared_ptr<pending_answer<void>>>;

  void wait(std::shared_ptr<pending_answer<void>> caller);
  void left() noexcept;
  static void wake(const waiters& ready) noexcept;

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::size_t inside_ = 0;
  bool shut_ = false;
  waiters waiters_;
};

}  // namespace sundown::detail
