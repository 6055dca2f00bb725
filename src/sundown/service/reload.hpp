#pragma once

#include "base/seldom.hpp"
#include "config/load.hpp"
#include "process/aside.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>

namespace sundown::serving {

/// SIGHUP: reads the configuration again, away from the control plane, and gives up on it when the file doesn't answer.
///
/// One at a time: what is asked for meanwhile is one more, afterwards, however often. After one that was given up there
/// is none until its thread has come back.
/// Thread safety: all on the control context's thread.
class reload {
 public:
  struct events {
    std::function<void()> began;
    std::function<void(const configuration::settings& fresh)>
        read;                     ///< not if it was faulty or given up, which is logged
    std::function<void()> ended;  ///< in any case
  };

  /// A file that answers at all is read within milliseconds.
  static constexpr std::chrono::seconds default_limit{5};

  /// `load` is called on a thread of its own, must own what it uses and must not throw.
  reload(boost::asio::io_context& control, std::function<configuration::loaded()> load,
         std::chrono::milliseconds limit = default_limit);

  /// Who is told, from here on.
  void bind(events told) { told_ = std::move(told); }
  void begin();
  /// The control context may run out of work: there is no reload from then on.
  void stop_waiting();
  /// The thread has not come back: the process must leave by _exit.
  bool left_behind() const { return reading_.running(); }

 private:
  enum class state { idle, reading, reading_and_asked_again, given_up, stopped };

  void wait_for_limit();
  void finish(const configuration::loaded& fresh);

  const std::function<configuration::loaded()> load_;
  const std::chrono::milliseconds limit_;
  events told_;
  process::aside<configuration::loaded> reading_;
  boost::asio::steady_timer timer_;
  state state_ = state::idle;
  base::seldom refusals_{std::chrono::seconds(1)};
};

}  // namespace sundown::serving
