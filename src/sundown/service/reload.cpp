#include "service/reload.hpp"

#include <sundown/log.hpp>

#include <exception>
#include <utility>

namespace sundown::serving {

reload::reload(boost::asio::io_context& control, std::function<configuration::loaded()> load,
               std::chrono::milliseconds limit)
    : load_(std::move(load)), limit_(limit), reading_(control), timer_(control) {}

void reload::begin() {
  switch (state_) {
    case state::reading:
    case state::reading_and_asked_again:
      state_ = state::reading_and_asked_again;
      return;
    case state::given_up:
      if (refusals_.due()) log::warn("reload refused", {{"fault", "the last one still waits for its file"}});
      return;
    case state::stopped:
      return;
    case state::idle:
      break;
  }
  if (told_.began) told_.began();
  try {
    reading_.start(load_, [this](const configuration::loaded& fresh) { finish(fresh); });
  } catch (const std::exception& e) {
    log::error("reload refused", {{"fault", e.what()}});
    if (told_.ended) told_.ended();
    return;
  }
  state_ = state::reading;
  wait_for_limit();
}

void reload::wait_for_limit() {
  timer_.expires_after(limit_);
  timer_.async_wait([this](boost::system::error_code ec) {
    const bool over = state_ == state::idle || state_ == state::stopped;
    if (ec || over || std::chrono::steady_clock::now() < timer_.expiry()) return;  // or it is an earlier one's
    state_ = state::given_up;
    log::error("reload given up: the configuration could not be read in time", {{"seconds", limit_}});
    if (told_.ended) told_.ended();
  });
}

void reload::finish(const configuration::loaded& fresh) {
  const auto before = std::exchange(state_, state::idle);
  if (before == state::given_up) return;
  timer_.cancel();
  for (const auto& fault : fresh.faults) log::error("reload refused", {{"fault", fault}});
  if (fresh.faults.empty() && told_.read) told_.read(fresh.values);
  if (told_.ended) told_.ended();
  if (before == state::reading_and_asked_again) begin();
}

void reload::stop_waiting() {
  state_ = state::stopped;
  timer_.cancel();
  reading_.stop_waiting();
}

}  // namespace sundown::serving
