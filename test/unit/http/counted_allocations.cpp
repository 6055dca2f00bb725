#include "unit/http/counted_allocations.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t taken = 0;

}  // namespace

void* operator new(std::size_t size) {
  taken += size;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace sundown::test {

counted_allocations::counted_allocations() : before_(taken) {}

std::size_t counted_allocations::bytes() const { return taken - before_; }

}  // namespace sundown::test
