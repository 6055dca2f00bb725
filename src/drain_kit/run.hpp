#pragma once

#include "drain_kit/clients.hpp"
#include "drain_kit/progress.hpp"
#include "drain_kit/server.hpp"
#include "drain_kit/verdict.hpp"

#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace sundown::testing::drain_kit {

/// A signal, and how long after the first one it is sent.
struct timed_signal {
  int number = 0;  ///< 0: that by which the server is stopped
  milliseconds after{0};
};

/// What is looked at once the process has ended.
enum class afterwards {
  nothing,
  no_children,  ///< no process that it has started is left
  port_free,    ///< nobody listens on its port
  restarts      ///< it starts again at once, on the same port
};

/// Who does what around the stop of one server.
struct run_plan {
  /// Put in position one after the other: last those who can't stay there, since their request takes but a moment.
  std::vector<kind> kinds = {};
  std::vector<timed_signal> signals{{}};
  /// What has to hold at the signal, beyond the clients' being in position; nothing: that the server has read all that
  /// was sent. With busy clients that is never so.
  std::function<bool(const stage&)> settled = nullptr;
  /// So long before the signal nothing happens but what the clients do, for the timeline to show it.
  milliseconds lead_in{200};
  bool at_start = false;   ///< the signal is sent before the server listens
  bool contained = false;  ///< the server is PID 1 of a container, whose network goes with it
  afterwards then = afterwards::nothing;
};

/// What one kind of client got.
struct kind_result {
  std::string name;
  figures count;
  std::vector<lane> lanes;
  bool each_told_end;
  milliseconds asks_after;

  /// Of clients who ask after the signal, and were not all told that their connection ends: the server may not have
  /// heard of the stop by then, since it got no processor for as long.
  bool asked_too_soon(milliseconds starved) const {
    return each_told_end && asks_after > milliseconds{0} && starved >= asks_after && count.told_end < count.clients;
  }
};

/// A signal that was sent.
struct sent_signal {
  std::string name;
  clock::time_point at;
};

/// What was seen from outside of one stop.
struct outcome {
  std::string name, title;
  int run = 0;  ///< of --runs, from 0
  std::vector<kind_result> kinds;
  clock::time_point begin, signal;  ///< of what the timeline shows; the first signal
  std::vector<sent_signal> signals;
  int again = 0;                    ///< so often it was played before, in vain: see held_position()
  std::optional<exit_report> exit;  ///< nothing: it still ran when it was given up
  milliseconds starved{0};          ///< after the signal: what threads waited for a processor that others had
  std::string report;               ///< the server's own, if it wrote one
  std::string rule;                 ///< what the run is judged by
  std::vector<finding> findings;    ///< none: it passed

  figures total() const;
  /// Whether the clients were at the signal, and the server behind it, where the scenario wants them. On a machine that
  /// is busy otherwise what clients were to wait for may come before the signal, and what they ask behind it may be
  /// answered before the server has heard of it: of the stop that tells nothing.
  bool held_position() const;
  /// By SIGKILL; also as a shell tells it of who was its child: 128 and the number.
  bool killed() const { return exit && (exit->signal == SIGKILL || exit->code == 128 + SIGKILL); }
  /// From the first signal to the end of the process.
  double seconds() const { return exit ? std::chrono::duration<double>(exit->at - signal).count() : 0; }
  /// The gravest of the findings.
  verdict worst() const;
};

/// Puts the clients in position, stops the server and watches until the process and all clients have ended, for
/// `patience` after the signal. Throws std::runtime_error where it has no means to: that tells nothing of the stop.
outcome perform(const run_plan& plan, server& target, const protocol& speech, milliseconds patience, progress& show);

std::string signal_name(int number);

}  // namespace sundown::testing::drain_kit
