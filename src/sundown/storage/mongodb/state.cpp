#include "storage/mongodb/state.hpp"

#include <algorithm>
#include <utility>

namespace sundown::mongodb {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds retry_pause = 1s;  // between preparations that are refused
constexpr std::chrono::seconds shortest_quiet = 10s, longest_quiet = 5min;

}  // namespace

// The driver tells of a failed heartbeat first, then of what it means for the topology.
void deployment_state::heartbeat_failed(std::string why, bool silent) {
  failing_ = true;
  silent_ = silent;
  failure_ = std::move(why);
}

void deployment_state::topology_changed(bool writable, time_point now) {
  if (writable) {
    failing_ = false;
    failure_.clear();
    if (!writable_ && refusal_.empty()) next_try_ = now;  // a refused login looks like a server that was lost
  } else if (writable_) {
    since_ = now;
  }
  writable_ = writable;
}

void deployment_state::prepared(const result<void>& outcome, time_point now) {
  prepared_ = bool(outcome);
  refusal_ = outcome ? std::string() : outcome.error().detail;
  next_try_ = now + retry_pause;
  if (outcome) complaint_.clear();
}

void deployment_state::locked_out(std::string why, time_point now) {
  prepared_ = false;
  refusal_ = std::move(why);
  next_try_ = now + retry_pause;
}

void deployment_state::refused(std::string why, time_point now) {
  if (complaint_.empty()) {
    const bool again = quiet_ != 0s && now - complained_ < quiet_ + longest_quiet;
    quiet_ = again ? std::min(quiet_ * 2, longest_quiet) : shortest_quiet;
  }
  complaint_ = std::move(why);
  complained_ = now;
}

void deployment_state::settle(time_point now) {
  if (now >= complained_ + quiet_) complaint_.clear();
}

deployment_state::verdict deployment_state::at(time_point now) const {
  if (writable_ && prepared_) return verdict::up;
  // A server whose login failed is lost to the driver, too, for a while.
  if (!prepared_ && !refusal_.empty()) return verdict::down;
  if (writable_) return verdict::in_doubt;
  return failing_ || now >= since_ + patience_ ? verdict::down : verdict::in_doubt;
}

std::string deployment_state::why() const {
  if (writable_ || (failure_.empty() && !refusal_.empty())) return refusal_;
  return failure_.empty() ? "no server answers that takes writes" : failure_;
}

std::optional<deployment_state::time_point> deployment_state::next_change(time_point now) const {
  if (writable_ && !prepared_) return next_try_;
  if (!writable_ && at(now) == verdict::in_doubt) return since_ + patience_;
  if (!complaint_.empty()) return complained_ + quiet_;
  return std::nullopt;
}

}  // namespace sundown::mongodb
