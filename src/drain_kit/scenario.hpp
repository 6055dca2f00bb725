#pragma once

#include "drain_kit/profile.hpp"
#include "drain_kit/run.hpp"
#include "drain_kit/shaker.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sundown::testing::drain_kit {

/// What a scenario can't be played without.
enum class need {
  slow,        ///< a path that answers after some time
  slow_by_ms,  ///< one that can be told how long it takes
  bytes,       ///< a large body
  upload,      ///< a path that takes a body
  leave,       ///< it answers 100 to those who ask for leave to send a body, stop or no stop
  events,      ///< server-sent events
  websocket,   ///< a WebSocket
  ready,       ///< what a balancer asks
  block,       ///< a path that blocks a thread
  start,       ///< a server that the kit starts itself
  namespaces,  ///< the right to make them
  promised,    ///< the profile says what the server does then
  half_close,  ///< the server answers who has ended his side, stop or no stop
  keep_alive,  ///< it answers more than one request on a connection, stop or no stop
  pipelining,  ///< and several that are sent at once
  http1,       ///< HTTP/1.1
  http2        ///< HTTP/2
};

/// What a scenario is played with.
struct cue {
  const profile& server;
  bool http2, tls;
  shaker& shake;

  /// A path that takes so long, or as long as it takes.
  std::string slow(milliseconds time) const;
  /// A path of so many bytes, or of as many as it has; and how many these are.
  std::string bytes(std::size_t count) const;
  std::size_t size(std::size_t count) const;
  /// What is not safe to repeat, if the server takes such: a POST (RFC 9110 §9.2.2).
  request unsafe() const;
};

/// One stop: what happens, and what must come of it. Beyond what is said here nothing may be lost, and every connection
/// must be closed in order.
struct scenario {
  const char* name;
  const char* sentence;  ///< what happens, and what must come of it
  const char* source;    ///< of the rule: an RFC's section, a man page, Docker's or Kubernetes' documentation
  const char* seen;      ///< what a client sees where the rule is broken: curl's exit code
  std::vector<need> needs;
  run_plan (*plan)(const cue& with);
};

/// All of them, in the order in which they are told.
const std::vector<scenario>& scenarios();

/// Clients of one kind among others, and what they can't be played without.
struct part {
  kind clients;
  std::vector<need> needs = {};
};

/// Clients of each kind at the same time, for a server that can be stopped only once.
std::vector<part> everything_at_once(const cue& with);

// Those of scenarios(), by what they are about.
void add_busy(std::vector<scenario>& all);
void add_quiet(std::vector<scenario>& all);
void add_long(std::vector<scenario>& all);
void add_process(std::vector<scenario>& all);
void add_forced(std::vector<scenario>& all);

/// Clients that are told that the connection ends; those that can't be: whose last answer began before the signal, or
/// who get none. `asks_after` the signal: 0 for those who ask before it.
kind in_order(std::string name, std::size_t count, script play, milliseconds asks_after = milliseconds{0});
kind untold(std::string name, std::size_t count, script play, std::size_t share = 1);
/// For clients that never pause.
bool at_any_time(const stage&);

}  // namespace sundown::testing::drain_kit
