#include "process/upgrade/upgrade.hpp"

#include "stop/spawn_named.hpp"

#include <sundown/log.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace sundown::process {

namespace {

/// For a new process that is called off to end by itself.
constexpr milliseconds least_patience{100};

}  // namespace

upgrade::upgrade(asio::io_context& control, const inheritance& given, program self, milliseconds limit, parts around)
    : control_(control),
      given_(given),
      self_(std::move(self)),
      limit_(limit),
      parts_(std::move(around)),
      previous_(control, given.predecessor),
      next_(control),
      state_(previous_.exists() ? state::succeeding : state::alone) {
  share(state_ != state::alone);
}

// In every state but `alone` another process has the sockets.
void upgrade::enter(state next) {
  const bool was_alone = std::exchange(state_, next) == state::alone;
  if (was_alone != (next == state::alone)) share(was_alone);
}

void upgrade::share(bool shared) {
  parts_.on_shared(shared);
  for (const auto& each : parts_.listeners) each.share(shared || given_.owned_externally(each.name));
}

void upgrade::ready(std::function<void()> appointed) {
  if (state_ != state::succeeding) return appointed();
  previous_.ready(std::move(appointed), [this] {
    log::info("upgrade: the process before this one has ended");
    enter(state::alone);
  });
}

std::string upgrade::refusal() const {
  if (::getpid() == 1)
    return "as PID 1 this process can't be replaced: its end is the container's; replace the container";
  if (parts_.stop.stopping()) return "this process stops";
  switch (state_) {
    case state::alone:
      return {};
    case state::starting_successor:
      return "one is under way";
    case state::replaced:
      return "this process stops";
    case state::succeeding:
      return "the last one is not over: the process before this one still drains";
  }
  return {};
}

void upgrade::begin() {
  if (const auto why = refusal(); !why.empty()) {
    if (refusals_.due(why)) log::warn("upgrade refused", {{"why", why}});
    return;
  }
  enter(state::starting_successor);
  std::vector<handed_listener> handed;
  for (const auto& each : parts_.listeners)
    handed.push_back({each.name, each.sockets(), given_.owned_externally(each.name)});
  try {
    next_.start(self_, handed, limit_,
                {[this] { started(); }, [this] { succeeded(); }, [this](std::string why) { failed(why); }});
  } catch (const std::system_error& e) {
    failed(e.what());
  }
}

void upgrade::started() {
  log::info("upgrade: started the new process", {{"pid", next_.pid()}, {"program", self_.path}});
}

void upgrade::succeeded() {
  log::info("upgrade: the new process is ready, this one drains", {{"pid", next_.pid()}});
  enter(state::replaced);
  parts_.manager.hand_over(next_.pid());
  next_.appoint();
  stop::spawn_named("leaving to the new process", asio::any_io_executor(control_.get_executor()),
                    leave("SIGUSR2, succeeded by " + std::to_string(next_.pid())));
}

void upgrade::failed(const std::string& why) {
  enter(state::alone);
  log::error("upgrade failed: this process goes on", {{"why", why}});
}

asio::awaitable<void> upgrade::leave(std::string reason) {
  // The admin listener first, and with its connections: from now on probes must see the new process.
  co_await parts_.end_probes();
  // No ready_delay: the new process accepts every new connection.
  parts_.stop.trigger(stop::stop_kind::interactive, std::move(reason));
}

void upgrade::call_off() {
  if (state_ != state::starting_successor) return;
  log::info("upgrade: called off, this process stops", {{"pid", next_.pid()}});
  const auto patience = std::max(parts_.stop.clock().plan().background / 2, least_patience);
  parts_.tasks.spawn("new process, called off", next_.call_off(patience));
  // The new process has accepted no connection, and doesn't touch the queues as long as this one is there: they are
  // this one's to empty.
  enter(state::alone);
}

void upgrade::stop_waiting() {
  previous_.stop_waiting();
  next_.stop_waiting();
}

}  // namespace sundown::process
