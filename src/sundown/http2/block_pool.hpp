#pragma once

#include "http2/frame_pages.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace sundown::http2 {

/// Memory for nghttp2, which takes and gives back some ten blocks for each stream. Those of one worker are kept in
/// lists by size, as many as a busy connection's streams need: malloc()'s own cache is for seven of a size.
///
/// Thread safety: one thread. Lifetime: until its last block is given back.
class block_pool {
 public:
  block_pool() noexcept : calls_{this, take, give, take_zeroed, resize} {}
  ~block_pool() {
    for (auto& each : lists_) {
      while (each.first != nullptr) std::free(each.pop());
    }
  }
  block_pool(const block_pool&) = delete;
  block_pool& operator=(const block_pool&) = delete;

  nghttp2_mem* calls() noexcept { return &calls_; }

 private:
  /// In front of a block while it is used; in its place while it waits.
  struct alignas(std::max_align_t) block {
    union {
      std::size_t room;  ///< behind it
      block* next;
    };
  };
  struct list {
    block* first = nullptr;
    std::size_t size = 0;

    void push(block* given) noexcept {
      given->next = first;
      first = given;
      ++size;
    }
    block* pop() noexcept {
      block* const taken = first;
      first = taken->next;
      --size;
      return taken;
    }
  };

  static constexpr std::size_t smallest = 32, kinds = 6;  // up to 1 KiB
  static constexpr std::size_t most_kept = 128;           // of a kind
  static constexpr std::size_t frame_room = frame_pages::size - sizeof(block);

  /// `kinds`: none.
  static constexpr std::size_t kind_of(std::size_t size) noexcept {
    return size <= smallest ? 0 : std::min(kinds, static_cast<std::size_t>(std::bit_width((size - 1) / smallest)));
  }
  static constexpr bool is_frame(std::size_t size) noexcept { return size > 16 << 10 && size <= frame_room; }
  static block* head_of(void* memory) noexcept { return static_cast<block*>(memory) - 1; }

  static void* take(std::size_t size, void* self) noexcept {
    auto& pool = *static_cast<block_pool*>(self);
    const auto kind = kind_of(size);
    const auto room = is_frame(size) ? frame_room : kind < kinds ? smallest << kind : size;
    block* made = nullptr;
    if (is_frame(size)) {
      made = static_cast<block*>(pool.frames_.take());
    } else if (kind < kinds && pool.lists_[kind].first != nullptr) {
      made = pool.lists_[kind].pop();
    } else {
      made = static_cast<block*>(std::malloc(sizeof(block) + room));
    }
    if (made == nullptr) return nullptr;
    made->room = room;
    return made + 1;
  }

  static void give(void* memory, void* self) noexcept {
    if (memory == nullptr) return;
    auto& pool = *static_cast<block_pool*>(self);
    auto* const head = head_of(memory);
    if (is_frame(head->room)) return pool.frames_.give_back(head);
    const auto kind = kind_of(head->room);
    if (kind == kinds || pool.lists_[kind].size == most_kept) return std::free(head);
    pool.lists_[kind].push(head);
  }

  static void* take_zeroed(std::size_t count, std::size_t size, void* self) noexcept {
    if (size != 0 && count > static_cast<std::size_t>(-1) / 2 / size) return nullptr;
    void* const made = take(count * size, self);
    return made == nullptr ? nullptr : std::memset(made, 0, count * size);
  }

  static void* resize(void* memory, std::size_t size, void* self) noexcept {
    if (memory == nullptr) return take(size, self);
    const auto room = head_of(memory)->room;
    if (size <= room) return memory;
    void* const made = take(size, self);
    if (made == nullptr) return nullptr;
    std::memcpy(made, memory, room);
    give(memory, self);
    return made;
  }

  std::array<list, kinds> lists_{};
  frame_pages frames_;
  nghttp2_mem calls_;
};

}  // namespace sundown::http2
