#include "http/memory_reserve.hpp"

#include <cstddef>
#include <cstdlib>

namespace sundown::http::detail {

bool memory_is_short() noexcept {
  constexpr std::size_t block = 32 << 10;  // from the thread's own heap; far larger ones would be a mapping each time
  void* volatile asked = std::malloc(block);  // volatile: or the compiler leaves out the pair of calls
  void* const got = asked;
  std::free(got);
  return got == nullptr;
}

}  // namespace sundown::http::detail
