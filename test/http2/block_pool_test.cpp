// The memory that nghttp2 gets.
#include "http2/block_pool.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace sundown::http2 {
namespace {

class BlockPool : public ::testing::Test {
 protected:
  void* take(std::size_t size) { return memory.malloc(size, memory.mem_user_data); }
  void* take_zeroed(std::size_t count, std::size_t size) { return memory.calloc(count, size, memory.mem_user_data); }
  void* resize(void* block, std::size_t size) { return memory.realloc(block, size, memory.mem_user_data); }
  void give(void* block) { memory.free(block, memory.mem_user_data); }

  block_pool pool;
  const nghttp2_mem& memory = *pool.calls();
};

bool is_filled(const void* block, std::size_t size, char with) {
  const auto* const bytes = static_cast<const char*>(block);
  return std::all_of(bytes, bytes + size, [with](char byte) { return byte == with; });
}

// Blocks of every size are each one's own, aligned, the second time as well.
TEST_F(BlockPool, BlocksOfEverySize) {
  for (int round = 0; round < 2; ++round) {
    std::vector<void*> blocks;
    for (std::size_t size = 0; size < 5000; ++size) {
      blocks.push_back(take(size));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(blocks.back()) % alignof(std::max_align_t), 0U);
      std::memset(blocks.back(), static_cast<char>(size), size);
    }
    for (std::size_t size = 0; size < 5000; ++size) {
      EXPECT_TRUE(is_filled(blocks[size], size, static_cast<char>(size))) << size;
      give(blocks[size]);
    }
  }
}

// A block that grows keeps what is in it; one that shrinks stays where it is. A page grows like others.
TEST_F(BlockPool, Resizes) {
  void* block = resize(nullptr, 10);
  std::memset(block, 'a', 10);
  block = resize(block, 3000);
  EXPECT_TRUE(is_filled(block, 10, 'a'));
  EXPECT_EQ(resize(block, 20), block);
  give(block);
  void* page = take_zeroed(1, table_pages::size);
  std::memset(page, 'p', table_pages::size);
  page = resize(page, 2 * table_pages::size);
  EXPECT_TRUE(is_filled(page, table_pages::size, 'p'));
  give(page);
}

// What is asked for as zeros is zeros, also where others have written before; so many that no size has them: none.
TEST_F(BlockPool, Zeros) {
  for (const std::size_t size : {std::size_t{24}, std::size_t{1000}, table_pages::size, 2 * table_pages::size}) {
    for (int round = 0; round < 3; ++round) {
      void* const block = take_zeroed(1, size);
      EXPECT_TRUE(is_filled(block, size, '\0')) << size;
      std::memset(block, 'x', size);
      give(block);
    }
  }
  EXPECT_EQ(take_zeroed(static_cast<std::size_t>(-1) / 2, 3), nullptr);
}

// A page of zeros rests and is one of zeros still; one with anything in it stays as it is. More of them than are kept
// come and go.
TEST_F(BlockPool, PagesRest) {
  std::vector<void*> pages;
  for (int i = 0; i < 200; ++i) pages.push_back(take_zeroed(256, 16));
  for (auto* const page : pages) EXPECT_EQ(reinterpret_cast<std::uintptr_t>(page) % table_pages::size, 0U);
  std::memset(pages[1], 'x', 1);
  for (auto* const page : pages) table_pages::rest(page);
  EXPECT_TRUE(is_filled(pages[0], table_pages::size, '\0'));
  EXPECT_EQ(*static_cast<const char*>(pages[1]), 'x');
  std::memset(pages[0], 'y', table_pages::size);
  EXPECT_TRUE(is_filled(pages[2], table_pages::size, '\0'));
  for (auto* const page : pages) give(page);
  for (auto*& page : pages) page = take_zeroed(256, 16);
  for (auto* const page : pages) EXPECT_TRUE(is_filled(page, table_pages::size, '\0'));
  std::sort(pages.begin(), pages.end());
  EXPECT_EQ(std::adjacent_find(pages.begin(), pages.end()), pages.end());
  for (auto* const page : pages) give(page);
}

// Sessions share their first buffer for a frame, and no other; it stays when one of them ends.
TEST_F(BlockPool, FramesAreShared) {
  constexpr std::size_t frame = (16 << 10) + 10;
  const auto begin_session = [&] {
    pool.begin_session();
    void* const made = take(frame);
    pool.end_session();
    return made;
  };
  void* const first = begin_session();
  std::memset(first, 'f', frame);
  void* const second = begin_session();
  EXPECT_EQ(first, second);
  void* const own = take(frame);
  EXPECT_NE(own, first);
  give(own);
  give(first);
  EXPECT_TRUE(is_filled(second, frame, 'f'));
  give(second);
}

}  // namespace
}  // namespace sundown::http2
