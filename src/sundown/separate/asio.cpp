#include <boost/asio/impl/src.hpp>

#ifdef __SANITIZE_THREAD__
// False alarms, all in one place, since a program can have only one such list; here, since every program has this file.
//
// GCC's ThreadSanitizer doesn't know std::atomic_thread_fence, as -Wtsan says. Asio counts the owners of a type-erased
// executor by a release decrement and, at the last one, an acquire fence (detail/atomic_count.hpp): to the sanitizer
// the last two owners race, if they are on different threads. MongoDB's driver and libstdc++ aren't compiled with our
// flags: their use of memory is seen, but not the atomics that guard it. So an exception that has gone from one thread
// to another is freed by its last owner, to the sanitizer while the other one still looks at it.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:boost::asio::execution::detail::shared_target_executor\n"
         "race:std::__exception_ptr::exception_ptr::_M_release\n"
         "race:libmongoc-1.0.so\nrace:libbson-1.0.so\nrace:libmongoc2.so\nrace:libbson2.so\n";
}
#endif
