#include "app/note_events.hpp"

#include <sundown/log.hpp>

namespace sundown::app {

namespace {

boost::asio::awaitable<void> publish_one(std::string_view what, std::string id) {
  log::info("note event", {{"event", what}, {"id", id}});
  co_return;
}

}  // namespace

void note_events::publish(std::string_view what, std::string id) {
  tasks_.spawn("publish note event", publish_one(what, std::move(id)));
}

}  // namespace sundown::app
