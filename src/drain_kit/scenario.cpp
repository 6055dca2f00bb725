#include "drain_kit/scenario.hpp"

#include "drain_kit/placeholders.hpp"

namespace sundown::testing::drain_kit {

std::string cue::slow(milliseconds time) const { return filled(server.slow, {{"ms", std::to_string(time.count())}}); }

std::string cue::bytes(std::size_t count) const { return filled(server.bytes, {{"n", std::to_string(count)}}); }

std::size_t cue::size(std::size_t count) const {
  return server.bytes.find("{n}") != std::string::npos ? count : server.bytes_size;
}

request cue::unsafe() const { return server.upload.empty() ? request{server.quick} : request{server.upload, "late"}; }

kind in_order(std::string name, std::size_t count, script play, milliseconds asks_after) {
  return {std::move(name), count, std::move(play), true, 1, asks_after};
}

kind untold(std::string name, std::size_t count, script play, std::size_t share) {
  return {std::move(name), count, std::move(play), false, share};
}

bool at_any_time(const stage&) { return true; }

const std::vector<scenario>& scenarios() {
  static const auto all = [] {
    std::vector<scenario> each;
    add_busy(each);
    add_quiet(each);
    add_long(each);
    add_process(each);
    add_forced(each);
    return each;
  }();
  return all;
}

std::vector<part> everything_at_once(const cue& with) {
  // Streams of fewer connections, so that as many requests are under way.
  const std::size_t connections = with.http2 ? 4 : 16, busy_streams = with.http2 ? 8 : 1,
                    slow_streams = with.http2 ? 50 : 1;
  const auto& quick = with.server.quick;
  return {
      {untold("busy", connections, busy(quick, busy_streams)), {need::keep_alive}},
      {untold("new-connections", 16, new_connections(quick))},
      {untold("late-request", 20, late_request({quick}, with.shake(30ms))), {need::keep_alive}},
      {untold("idle", 20, idle_crowd, 20)},
      {untold("in-flight", connections, in_flight(with.slow(800ms), slow_streams)), {need::slow}},
  };
}

}  // namespace sundown::testing::drain_kit
