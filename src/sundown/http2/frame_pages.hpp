#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <vector>

namespace sundown::http2 {

/// Pieces of whole pages, which take no memory before they are written. A session's buffer for the frame that it makes
/// is 16 KiB, of which small frames need the beginning: in malloc()'s memory it would lie where another connection has
/// written.
///
/// Thread safety: one thread. Lifetime: its pieces end with it.
class frame_pages {
 public:
  static constexpr std::size_t size = 20 << 10;  ///< of a piece

  frame_pages() = default;
  ~frame_pages() {
    for (auto* const each : mapped_) munmap(each, size * at_once);
  }
  frame_pages(const frame_pages&) = delete;
  frame_pages& operator=(const frame_pages&) = delete;

  /// nullptr: there is no memory.
  void* take() noexcept {
    if (given_back_ != nullptr) {
      auto* const taken = given_back_;
      given_back_ = taken->next;
      return taken;
    }
    if (fresh_ == 0 && !map()) return nullptr;
    return static_cast<char*>(mapped_.back()) + size * --fresh_;
  }
  void give_back(void* piece) noexcept { given_back_ = new (piece) waiting{given_back_}; }

 private:
  struct waiting {
    waiting* next;
  };
  static constexpr std::size_t at_once = 64;

  bool map() noexcept {
    void* const made = mmap(nullptr, size * at_once, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) return false;
    try {
      mapped_.push_back(made);
    } catch (const std::bad_alloc&) {
      munmap(made, size * at_once);
      return false;
    }
    fresh_ = at_once;
    return true;
  }

  std::vector<void*> mapped_;
  std::size_t fresh_ = 0;  ///< pieces of the last mapping that nobody has had
  waiting* given_back_ = nullptr;
};

}  // namespace sundown::http2
