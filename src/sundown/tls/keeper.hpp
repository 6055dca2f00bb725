#pragma once

#include "tls/store.hpp"

#include <sundown/config.hpp>
#include <sundown/time.hpp>

#include <memory>
#include <string>
#include <thread>

namespace sundown::tls {

/// When a keeper does what; a test shortens it.
struct keeper_timing {
  keeper_timing() = default;

  milliseconds settle{100};          ///< without an event, before files are read
  milliseconds settle_limit{1'000};  ///< if events don't end
  milliseconds fault_patience{1'000};
  milliseconds poll{1'000};   ///< without inotify
  milliseconds look{30'000};  ///< with it
  milliseconds ticket_age{3'600'000};
  milliseconds start_limit{5'000};  ///< for files that don't answer
  bool inotify = true;
};

/// Keeps the certificates of all listeners as their files are, on a thread of its own: a file system that doesn't
/// answer holds up that thread and nothing else.
///
/// It hears of changes by inotify, looks by itself every half minute as well, and each second where there is no inotify
/// (which one line of the log says). Files are read once they stand still, and again until two reads agree; a pair that
/// doesn't fit is never served: the one before stays, and if that is so for a second, it is logged once and counted.
/// Contexts are made anew each hour in any case, so that no ticket's key is older.
class keeper final : public serving::certificate_keeper {
 public:
  using timing = keeper_timing;

  explicit keeper(timing limits = timing());
  /// Its thread is left behind if a file system doesn't answer.
  ~keeper() override;

  /// The descriptors that it takes beside those of files.
  static constexpr std::size_t descriptors = 2;

  std::shared_ptr<const http::encryption> add(const std::string& section, const tls_config& given,
                                              const protocols& offered) override;
  void reload(const std::string& section, const tls_config& given) override;

 private:
  struct state;

  std::shared_ptr<state> state_;
  std::thread thread_;
};

}  // namespace sundown::tls
