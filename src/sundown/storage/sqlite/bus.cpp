#include "storage/sqlite/bus.hpp"

#include <csetjmp>
#include <csignal>
#include <mutex>
#include <utility>

namespace sundown::sqlite {

namespace {

thread_local sigjmp_buf* landing = nullptr;  // of the guarded call that this thread is in
struct sigaction former;                     // set once, before any thread is in such a call

extern "C" void sundown_on_bus_error(int number, siginfo_t* info, void* context) {
  if (landing) siglongjmp(*landing, 1);
  if ((former.sa_flags & SA_SIGINFO) != 0 && former.sa_sigaction) return former.sa_sigaction(number, info, context);
  sigaction(number, &former, nullptr);  // on return the touch is repeated, and ends the process as it would have
}

}  // namespace

void heed_bus_errors() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    struct sigaction ours = {};
    ours.sa_sigaction = sundown_on_bus_error;
    ours.sa_flags = SA_SIGINFO | SA_NODEFER;  // no mask to be restored by the jump
    sigaction(SIGBUS, &ours, &former);
  });
}

bool survives_bus_error(void (*call)(void*), void* with) noexcept {
  sigjmp_buf here;
  sigjmp_buf* const outer = std::exchange(landing, &here);
  if (sigsetjmp(here, 0) != 0) {
    landing = outer;
    return false;
  }
  call(with);
  landing = outer;
  return true;
}

}  // namespace sundown::sqlite
