#include "service/upgrade.hpp"

#include "stop/spawn_named.hpp"

#include <sundown/log.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace sundown::serving {

namespace {

/// For a new process that is called off to end by itself.
constexpr milliseconds least_patience{100};

}  // namespace

upgrade::upgrade(asio::io_context& control, const process::inheritance& given, process::program self,
                 milliseconds limit, parts around)
    : control_(control),
      given_(given),
      self_(std::move(self)),
      limit_(limit),
      parts_(std::move(around)),
      previous_(control, given.predecessor),
      next_(control) {
  share(previous_.exists());
}

void upgrade::share(bool shared) {
  parts_.tell(shared);
  parts_.server.share_listeners(shared || given_.keeps("http"));
  parts_.admin.share_listeners(shared || given_.keeps("admin"));
}

void upgrade::ready(std::function<void()> appointed) {
  if (!previous_.exists()) return appointed();
  previous_.ready(std::move(appointed), [this] {
    log::info("upgrade: the process before this one has ended");
    share(false);
  });
}

std::string upgrade::refusal() const {
  if (::getpid() == 1)
    return "as PID 1 this process can't be replaced: its end is the container's; replace the container";
  if (parts_.stop.stopping() || replaced_) return "this process stops";
  if (next_.awaited()) return "one is under way";
  if (previous_.exists()) return "the last one is not over: the process before this one still drains";
  return {};
}

void upgrade::begin() {
  if (const auto why = refusal(); !why.empty()) {
    if (refusals_.due(why)) log::warn("upgrade refused", {{"why", why}});
    return;
  }
  share(true);
  try {
    next_.start(self_,
                {{"http", parts_.server.listening_sockets(), given_.keeps("http")},
                 {"admin", parts_.admin.listening_sockets(), given_.keeps("admin")}},
                limit_, {[this] { started(); }, [this] { succeeded(); }, [this](std::string why) { failed(why); }});
  } catch (const std::system_error& e) {
    failed(e.what());
  }
}

void upgrade::started() {
  log::info("upgrade: started the new process", {{"pid", next_.pid()}, {"program", self_.path}});
}

void upgrade::call_off() {
  if (!next_.awaited()) return;
  log::info("upgrade: called off, this process stops", {{"pid", next_.pid()}});
  const auto patience = std::max(parts_.stop.clock().plan().background / 2, least_patience);
  parts_.tasks.spawn("new process, called off", next_.call_off(patience));
  // It has accepted nobody, and doesn't touch the queues as long as we are there: they are ours to empty.
  share(false);
}

void upgrade::succeeded() {
  log::info("upgrade: the new process is ready, this one drains", {{"pid", next_.pid()}});
  replaced_ = true;
  parts_.manager.hand_over(next_.pid());
  next_.appoint();
  stop::spawn_named("leaving to the new process", asio::any_io_executor(control_.get_executor()),
                    leave(parts_.admin, parts_.stop, "SIGUSR2, succeeded by " + std::to_string(next_.pid())));
}

void upgrade::failed(const std::string& why) {
  share(false);
  log::error("upgrade failed: this process goes on", {{"why", why}});
}

asio::awaitable<void> upgrade::leave(http::server& admin, stop::shutdown& stop, std::string reason) {
  // The admin listener first, and with its connections: from now on probes must see the new process.
  co_await admin.close();
  // No ready_delay: who connects is accepted by the new process.
  stop.trigger(stop::stop_kind::interactive, std::move(reason));
}

void upgrade::stop_waiting() {
  previous_.stop_waiting();
  next_.stop_waiting();
}

}  // namespace sundown::serving
