// One target as a program of libFuzzer; the build says which, SUNDOWN_FUZZ_TARGET.
#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"

#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    sundown::fuzz::SUNDOWN_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "%s\n", fault.what());
    std::abort();  // libFuzzer keeps the input
  }
  return 0;
}
