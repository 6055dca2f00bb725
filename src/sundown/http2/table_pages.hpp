#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <new>
#include <vector>

namespace sundown::http2 {

/// Pages of zeros for the tables in which nghttp2 finds its streams. The table of a connection without a stream is all
/// zeros, which the kernel keeps for nothing: rest().
///
/// Thread safety: one thread. Lifetime: its pages end with it, and never before, so that a page may rest though its
/// table is gone.
class table_pages {
 public:
  static constexpr std::size_t size = 4096;

  table_pages() = default;
  ~table_pages() {
    for (auto* const each : mapped_) munmap(each, size * at_once);
  }
  table_pages(const table_pages&) = delete;
  table_pages& operator=(const table_pages&) = delete;

  bool owns(const void* memory) const noexcept {
    if (reinterpret_cast<std::uintptr_t>(memory) % size != 0) return false;
    const auto* const at = static_cast<const char*>(memory);
    const auto next = std::upper_bound(mapped_.begin(), mapped_.end(), at, std::less<const char*>());
    return next != mapped_.begin() && std::less<const char*>()(at, *(next - 1) + size * at_once);
  }
  /// nullptr: there is no memory.
  void* take() noexcept {
    if (free_.empty() && !map()) return nullptr;
    auto* const taken = free_.back();
    free_.pop_back();
    return std::memset(taken, 0, size);
  }
  void give_back(void* page) noexcept {
    if (free_.size() >= at_once) drop(page);
    free_.push_back(page);
  }
  /// Gives the memory behind a page of zeros back to the kernel. The page stays, and is one of zeros still.
  static void rest(void* page) noexcept {
    const auto* const words = static_cast<const std::size_t*>(page);
    constexpr auto count = size / sizeof(std::size_t);
    if (std::all_of(words, words + count, [](std::size_t word) { return word == 0; })) drop(page);
  }

 private:
  static constexpr std::size_t at_once = 64;

  static void drop(void* page) noexcept {
    static const bool is_page = sysconf(_SC_PAGESIZE) == static_cast<long>(size);
    if (is_page) madvise(page, size, MADV_DONTNEED);
  }

  bool map() noexcept {
    void* const made = mmap(nullptr, size * at_once, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (made == MAP_FAILED) return false;
    try {
      free_.reserve((mapped_.size() + 1) * at_once);  // give_back() has room for all
      auto* const at = static_cast<char*>(made);
      mapped_.insert(std::upper_bound(mapped_.begin(), mapped_.end(), at, std::less<const char*>()), at);
    } catch (const std::bad_alloc&) {
      munmap(made, size * at_once);
      return false;
    }
    for (std::size_t i = at_once; i-- > 0;) free_.push_back(static_cast<char*>(made) + i * size);
    return true;
  }

  std::vector<char*> mapped_;  ///< in order
  std::vector<void*> free_;
};

}  // namespace sundown::http2
