#pragma once

#include <boost/asio/bind_allocator.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace sundown::base {

namespace asio = boost::asio;

/// Room for the one operation that an endless loop waits for at a time, so that waiting takes no memory from the heap:
/// a loop that must go on when there is none left (accepting, the sweep) does not end by bad_alloc in its own pause.
///
/// Thread safety: one thread's. Lifetime: the operation shares the room, and may outlive this object.
class handler_memory {
  struct room;

 public:
  template <class T>
  class allocator {
   public:
    using value_type = T;

    explicit allocator(std::shared_ptr<room> from) noexcept : room_(std::move(from)) {}
    template <class U>
    allocator(const allocator<U>& other) noexcept : room_(other.room_) {}

    T* allocate(std::size_t count) { return static_cast<T*>(room_->take(count * sizeof(T))); }
    void deallocate(T* block, std::size_t) noexcept { room_->give_back(static_cast<void*>(block)); }

    template <class U>
    bool operator==(const allocator<U>& other) const noexcept {
      return room_ == other.room_;
    }

   private:
    template <class>
    friend class allocator;
    std::shared_ptr<room> room_;
  };

  /// The completion token, for an operation that is kept in here.
  template <class Token>
  auto hold(Token token) const {
    return asio::bind_allocator(allocator<void*>(room_), std::move(token));
  }

 private:
  struct room {
    void* take(std::size_t size) {
      if (used || size > bytes.size()) return ::operator new(size);
      used = true;
      return bytes.data();
    }
    void give_back(void* block) noexcept {
      if (block == bytes.data()) {
        used = false;
      } else {
        ::operator delete(block);
      }
    }

    alignas(std::max_align_t) std::array<std::byte, 512> bytes;
    bool used = false;
  };

  std::shared_ptr<room> room_ = std::make_shared<room>();
};

}  // namespace sundown::base
