#include "service/status_stream.hpp"

#include "base/program_name.hpp"
#include "service/admin.hpp"
#include "service/probes.hpp"
#include "service/process_figures.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <string>

#include <unistd.h>

namespace sundown::serving {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr milliseconds interval = 500ms;

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

json::object connections(const http::server_figures& server) {
  json::object by_phase;
  for (std::size_t i = 0; i < http::phase_names.size(); ++i)
    by_phase.emplace(http::phase_names[i], server.connections_by_phase[i]);
  return by_phase;
}

/// Sums since the start: whoever looks takes the difference of two.
json::array routes(const http::server_figures& server) {
  json::array all;
  for (const auto& row : server.routes) {
    std::uint64_t requests = 0, failed = 0;
    for (std::size_t i = 0; i < row.by_status.size(); ++i) {
      requests += row.by_status[i];
      if (i < http::counted_statuses.size() && http::counted_statuses[i] >= 500) failed += row.by_status[i];
    }
    if (requests == 0) continue;
    json::array durations(row.by_duration.begin(), row.by_duration.end());
    all.push_back(json::object{{"route", row.route == "-" ? "no route" : row.method + ' ' + row.route},
                               {"requests", requests},
                               {"failed", failed},
                               {"durations", std::move(durations)}});
  }
  return all;
}

std::string snapshot(const admin_view& view) {
  const auto figures = view.server.figures();
  const auto progress = view.stop.snapshot();
  const auto& clock = view.stop.clock();
  const auto process = read_process_figures();
  json::object now{{"program", base::program_name()},
                   {"version", view.version},
                   {"pid", ::getpid()},
                   {"started", process.start_time},
                   {"time", seconds(std::chrono::system_clock::now().time_since_epoch())},
                   {"state", stop::to_string(view.readiness.now())},
                   {"down", texts(view.readiness.reasons())},
                   {"degraded", texts(view.readiness.degraded())},
                   {"connections", connections(figures)},
                   {"requests", figures.requests},
                   {"cut", figures.cut},
                   {"lag", seconds(figures.largest_lag)},
                   {"cpu_seconds", process.cpu_seconds},
                   {"memory", process.resident_bytes},
                   {"duration_bounds", json::array(http::duration_bounds.begin(), http::duration_bounds.end())},
                   {"routes", routes(figures)},
                   {"longest", longest_requests(view.server.activity())},
                   {"step", progress.step},
                   {"waiting_for", progress.waiting_for},
                   {"budget", seconds(clock.plan().total)},
                   {"left", seconds(progress.remaining)}};
  auto text = json::serialize(now);
  text.pop_back();
  return text + ",\"report\":" + (view.stop.stopping() ? stop::to_json(view.stop.so_far()) : "null") + '}';
}

std::string event(const char* name, const admin_view& view) {
  return "event: " + std::string(name) + "\ndata: " + snapshot(view) + "\n\n";
}

}  // namespace

task<> stream_status(const http::request&, http::response_stream& out, const admin_view& view) {
  auto head = http::response(200, "text/event-stream").with("Cache-Control", "no-store");
  if (!co_await out.start_endless(std::move(head))) co_return;
  do {
    const auto now = event("now", view);
    const auto written = co_await out.write(now);
    if (!written) co_return;
  } while (co_await out.wait(interval));
  const auto last = event("end", view);
  (void)co_await out.write(last);
}

}  // namespace sundown::serving
