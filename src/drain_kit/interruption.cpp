#include "drain_kit/interruption.hpp"

#include "drain_kit/sweep.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <mutex>
#include <set>
#include <thread>

namespace sundown::testing::drain_kit {
namespace {

/// What is to be removed; never destroyed, since the thread that waits for signals outlives main().
struct folder_list {
  std::mutex mutex;
  std::set<std::filesystem::path> paths;
};
folder_list& folders() {
  static auto* const all = new folder_list;
  return *all;
}

void wait_and_clean_up(sigset_t signals) {
  int number = 0;
  ::sigwait(&signals, &number);
  // From here on the others make and remove no folder: no server is started any more, and main() doesn't return.
  const std::lock_guard lock(folders().mutex);
  sweep(0);
  for (const auto& each : folders().paths) {
    std::error_code ignored;
    std::filesystem::remove_all(each, ignored);
  }
  ::_exit(128 + number);
}

}  // namespace

void clean_up_when_interrupted() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread(wait_and_clean_up, signals).detach();
}

kit_folder::kit_folder(const std::filesystem::path& in) : folder_(in) {
  const std::lock_guard lock(folders().mutex);
  folders().paths.insert(folder_.path());
}

kit_folder::~kit_folder() {
  const std::lock_guard lock(folders().mutex);
  folders().paths.erase(folder_.path());
}

}  // namespace sundown::testing::drain_kit
