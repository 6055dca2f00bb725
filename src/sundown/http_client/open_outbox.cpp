#include <sundown/http_client.hpp>
#include <sundown/http_client/outbox.hpp>

#include "base/program_name.hpp"

#include <sundown/service.hpp>
#include <sundown/trace/tracer.hpp>

namespace sundown::http_client {

outbox& open_outbox(service& app, outbox_store& store, const outbox_settings& how, const std::string& name) {
  constexpr std::size_t of_thread = 3;  // epoll, eventfd, timerfd
  app.takes_descriptors(of_thread);
  settings calls;
  calls.timeout = how.timeout;
  calls.ca = how.ca;
  calls.connections = 8;          // as many as there are deliveries at a time
  calls.answer_limit = 64 << 10;  // nobody reads it
  auto& made = app.add<outbox>(name + " outbox", open(app, calls, name), store, how, &app.traces());
  app.on_start([&made] { made.start(); });

  const auto prefix = base::metric_prefix(name) + "_outbox";
  auto& shown = app.metrics();
  shown.gauge(prefix + "_subjects_waiting", "Subjects with events that wait in the store, for all instances.",
              [&made] { return static_cast<double>(made.subjects_waiting()); });
  shown.gauge(prefix + "_oldest_age_seconds", "For how long the oldest event has waited.",
              [&made] { return std::chrono::duration<double>(made.oldest_age()).count(); });
  shown.counter(prefix + "_delivered_total", "Events that this process has delivered.",
                [&made] { return static_cast<double>(made.delivered()); });
  shown.counter(prefix + "_failed_total", "Attempts to deliver an event that came to nothing; each is made again.",
                [&made] { return static_cast<double>(made.failed()); });
  return made;
}

}  // namespace sundown::http_client
