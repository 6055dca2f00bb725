#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::stop {

/// Whether this process should be given traffic, and if not, why: what /ready answers.
///
/// Starting, then ready; draining is a rehearsal that an operator can take back; stopping is final. Dependencies are
/// named: a required one that is down makes the process not ready, an optional one makes it degraded; none makes it
/// stop. Thread safety: everything from any thread; ready() takes no lock.
class readiness {
 public:
  enum class phase { starting, ready, draining, stopping };
  enum class importance { required, optional };

  /// Start-up is over.
  void started();
  /// The rehearsal: readiness off and on again, everything else goes on. False where it has no meaning: during
  /// start-up and once stopping.
  bool drain();
  bool undrain();
  /// The real stop; nothing undoes it.
  void stop();

  /// A dependency's state, by name; `detail` says what is wrong. Unknown names are added.
  void set(std::string_view dependency, bool up, std::string_view detail = {},
           importance matters = importance::required);

  bool ready() const noexcept { return ready_.load(std::memory_order_acquire); }
  phase now() const;
  /// Why not ready: "stopping", "mongodb: connection refused". Empty if ready.
  std::vector<std::string> reasons() const;
  /// What it does without, though ready: "redis: connection refused".
  std::vector<std::string> degraded() const;

 private:
  bool change(phase from, phase to);
  void update();  // with the mutex held

  mutable std::mutex mutex_;
  phase phase_ = phase::starting;
  using details = std::map<std::string, std::string, std::less<>>;  // by name; only of those that are down
  details down_, missed_;                                           // required, optional
  std::atomic<bool> ready_{false};
};

const char* to_string(readiness::phase phase) noexcept;

}  // namespace sundown::stop
