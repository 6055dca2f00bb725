#include <boost/asio/impl/src.hpp>

#ifdef __SANITIZE_THREAD__
// GCC's ThreadSanitizer doesn't know std::atomic_thread_fence, as -Wtsan says. Asio counts the owners of a type-erased
// executor by a release decrement and, at the last one, an acquire fence (detail/atomic_count.hpp): to the sanitizer
// the last two owners race, if they are on different threads.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:boost::asio::execution::detail::shared_target_executor\n";
}
#endif
