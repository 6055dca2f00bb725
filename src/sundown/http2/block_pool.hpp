#pragma once

#include "http2/table_pages.hpp"

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace sundown::http2 {

/// Memory for nghttp2, which takes and gives back some ten blocks for each stream. Those of one worker are kept in
/// lists by size, as many as a busy connection's streams need: malloc()'s own cache is for seven of a size.
///
/// Where AddressSanitizer looks, blocks are malloc()'s, each as large as it is asked for, and none is kept.
/// Thread safety: one thread. Lifetime: until its last block is given back.
class block_pool {
 public:
  block_pool() noexcept : calls_{this, take, give, take_zeroed, resize} {}
  ~block_pool() {
    for (auto& each : lists_) {
      while (each.first != nullptr) std::free(each.pop());
    }
    std::free(frame_);
  }
  block_pool(const block_pool&) = delete;
  block_pool& operator=(const block_pool&) = delete;

  nghttp2_mem* calls() noexcept { return &calls_; }

  /// While a session is made. Its buffer for the frame that it sends is the same for all sessions of the pool: what is
  /// in it has been copied to where it is written from before any other frame is made. A head that needs several has
  /// the others for itself.
  void begin_session() noexcept {
    frame_due_ = true;
    table_ = nullptr;
  }
  void end_session() noexcept { frame_due_ = false; }
  /// Of the session made last the page of its table of streams; nullptr if it has none.
  void* table() const noexcept { return table_; }

 private:
  /// In front of a block.
  struct alignas(std::max_align_t) block {
    union {
      std::size_t room;  ///< behind it, while it is used
      block* next;       ///< while it waits
    };
    std::size_t kind;  ///< `kinds`: it is never kept
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

#if defined(__SANITIZE_ADDRESS__)
  static constexpr bool checked = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
  static constexpr bool checked = true;
#else
  static constexpr bool checked = false;
#endif
#else
  static constexpr bool checked = false;
#endif

  // With its head and malloc()'s, a block of each kind is whole lines of 32 bytes.
  static constexpr std::size_t step = 32, smallest = 40, fine = 8, kinds = 10;
  static constexpr std::size_t most_kept = checked ? 0 : 128;  // of a kind
  static constexpr std::size_t frame_room = 17 << 10;

  static constexpr std::size_t room_of(std::size_t kind) noexcept {
    return kind < fine ? smallest + kind * step : kind == fine ? 520 : 1032;
  }
  /// `kinds`: none.
  static constexpr std::size_t kind_of(std::size_t size) noexcept {
    if (size <= room_of(fine - 1)) return size <= smallest ? 0 : (size - (smallest - step) - 1) / step;
    if (size <= room_of(fine)) return fine;
    return size <= room_of(fine + 1) ? fine + 1 : kinds;
  }
  static constexpr bool is_frame(std::size_t size) noexcept { return size > 16 << 10 && size <= frame_room; }
  static block* make(std::size_t room) noexcept { return static_cast<block*>(std::malloc(sizeof(block) + room)); }

  static void* take(std::size_t size, void* self) noexcept {
    auto& pool = *static_cast<block_pool*>(self);
    const auto kind = kind_of(size);
    if (kind == kinds) return pool.take_large(size);
    const auto room = checked ? size : room_of(kind);
    block* const made = pool.lists_[kind].first != nullptr ? pool.lists_[kind].pop() : make(room);
    if (made == nullptr) return nullptr;
    made->room = room;
    made->kind = kind;
    return made + 1;
  }

  [[gnu::noinline]] void* take_large(std::size_t size) noexcept {
    const bool frame = is_frame(size) && std::exchange(frame_due_, false);
    if (frame && frame_ != nullptr) return frame_ + 1;
    const auto room = frame ? frame_room : size;
    auto* const made = make(room);
    if (made == nullptr) return nullptr;
    made->room = room;
    made->kind = kinds;
    if (frame) frame_ = made;
    return made + 1;
  }

  static void give(void* memory, void* self) noexcept {
    if (memory == nullptr) return;
    auto& pool = *static_cast<block_pool*>(self);
    if (pool.pages_.owns(memory)) return pool.pages_.give_back(memory);
    auto* const head = static_cast<block*>(memory) - 1;
    if (head->kind < kinds && pool.lists_[head->kind].size < most_kept) return pool.lists_[head->kind].push(head);
    if (head != pool.frame_) std::free(head);
  }

  static void* take_zeroed(std::size_t count, std::size_t size, void* self) noexcept {
    if (size != 0 && count > static_cast<std::size_t>(-1) / 2 / size) return nullptr;
    auto& pool = *static_cast<block_pool*>(self);
    if (count * size == table_pages::size) return pool.table_ = pool.pages_.take();
    void* const made = take(count * size, self);
    return made == nullptr ? nullptr : std::memset(made, 0, count * size);
  }

  static void* resize(void* memory, std::size_t size, void* self) noexcept {
    if (memory == nullptr) return take(size, self);
    const auto& pages = static_cast<const block_pool*>(self)->pages_;
    const auto room = pages.owns(memory) ? table_pages::size : (static_cast<block*>(memory) - 1)->room;
    if (size <= room) return memory;
    void* const made = take(size, self);
    if (made == nullptr) return nullptr;
    std::memcpy(made, memory, room);
    give(memory, self);
    return made;
  }

  std::array<list, kinds> lists_{};
  table_pages pages_;
  block* frame_ = nullptr;
  void* table_ = nullptr;
  bool frame_due_ = false;
  nghttp2_mem calls_;
};

}  // namespace sundown::http2
