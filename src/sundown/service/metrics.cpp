#include "service/metrics.hpp"

#include "base/program_name.hpp"
#include "service/exposition.hpp"
#include "service/histogram_buckets.hpp"
#include "service/own_metrics.hpp"
#include "service/process_figures.hpp"

#include <sundown/log.hpp>

#include <prometheus/metric_family.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

namespace sundown::serving {

namespace {

using families = std::vector<prometheus::MetricFamily>;
using labels = std::vector<prometheus::ClientMetric::Label>;

/// A family that single values are added to.
class family {
 public:
  family(families& to, prometheus::MetricType type, std::string name, std::string help) : made_(to.emplace_back()) {
    made_.name = std::move(name);
    made_.help = std::move(help);
    made_.type = type;
  }

  family& add(double value, labels of = {}) {
    prometheus::ClientMetric one;
    one.label = std::move(of);
    (made_.type == prometheus::MetricType::Counter ? one.counter.value : one.gauge.value) = value;
    made_.metric.push_back(std::move(one));
    return *this;
  }

 private:
  prometheus::MetricFamily& made_;
};

family counter(families& to, std::string name, std::string help) {
  return {to, prometheus::MetricType::Counter, std::move(name), std::move(help)};
}
family gauge(families& to, std::string name, std::string help) {
  return {to, prometheus::MetricType::Gauge, std::move(name), std::move(help)};
}

/// The name of a figure of the service, as opposed to one of the process.
std::string ours(const std::string& name) { return base::metric_prefix(base::program_name()) + '_' + name; }

labels route_labels(const http::route_figures& row) { return {{"method", row.method}, {"route", row.route}}; }

void add_requests(families& to, const http::server_figures& server) {
  auto requests =
      counter(to, ours("requests_total"), "Requests, by route and status; 499: the client went away first.");
  for (const auto& row : server.routes) {
    for (std::size_t i = 0; i < row.by_status.size(); ++i) {
      if (row.by_status[i] == 0) continue;
      auto of = route_labels(row);
      of.push_back({"code", i < http::counted_statuses.size() ? std::to_string(http::counted_statuses[i]) : "other"});
      requests.add(static_cast<double>(row.by_status[i]), std::move(of));
    }
  }
}

/// Nothing where no request took too long.
void add_timeouts(families& to, const http::server_figures& server) {
  const auto is_late = [](const http::route_figures& row) { return row.timeouts != 0; };
  if (std::ranges::none_of(server.routes, is_late)) return;
  auto timeouts = counter(to, ours("request_timeouts_total"), "Requests that took too long, by route.");
  for (const auto& row : server.routes)
    if (is_late(row)) timeouts.add(static_cast<double>(row.timeouts), route_labels(row));
}

void add_durations(families& to, exemplars& shown, const http::server_figures& server) {
  auto& made = to.emplace_back();
  made.name = ours("request_duration_seconds");
  made.help = "From a request's first byte to its answer, by route.";
  made.type = prometheus::MetricType::Histogram;
  for (const auto& row : server.routes) {
    prometheus::ClientMetric one;
    one.label = route_labels(row);
    auto& histogram = one.histogram;
    for (std::size_t i = 0; i < row.by_duration.size(); ++i) {
      histogram.sample_count += row.by_duration[i];
      const bool last = i == http::duration_bounds.size();
      histogram.bucket.push_back(
          {histogram.sample_count, last ? std::numeric_limits<double>::infinity() : http::duration_bounds[i]});
    }
    histogram.sample_sum = row.seconds;
    if (histogram.sample_count == 0) continue;
    for (const auto& each : row.exemplars)
      shown.emplace(bucket_place(to.size() - 1, made.metric.size(), each.bucket), each.newest);
    made.metric.push_back(std::move(one));
  }
}

/// The service's own. The exemplars are read before the counts, so that the value of each is counted.
void add_histograms(families& to, exemplars& shown, const metrics::state& own) {
  const auto epoch = trace::detail::system_epoch();
  const std::lock_guard lock(own.mutex);
  for (const auto& family : own.histograms) {
    auto& made = to.emplace_back();
    made.name = ours(family.name);
    made.help = family.help;
    made.type = prometheus::MetricType::Histogram;
    for (const auto& each : family.histograms) {
      const auto& read = each.values.contents();
      for (std::size_t i = 0; i < read.exemplars.size(); ++i)
        if (const auto found = read.exemplars[i].read(epoch))
          shown.emplace(bucket_place(to.size() - 1, made.metric.size(), i), *found);
      prometheus::ClientMetric one;
      for (const auto& [name, value] : each.labels) one.label.push_back({name, value});
      auto& histogram = one.histogram;
      for (std::size_t i = 0; i < read.counts.size(); ++i) {
        histogram.sample_count += read.counts[i].load(std::memory_order_relaxed);
        histogram.bucket.push_back({histogram.sample_count,
                                    i < read.bounds.size() ? read.bounds[i] : std::numeric_limits<double>::infinity()});
      }
      histogram.sample_sum = read.sum.load(std::memory_order_relaxed);
      made.metric.push_back(std::move(one));
    }
  }
}

void add_connections(families& to, const http::server_figures& server) {
  auto connections = gauge(to, ours("connections"), "Open connections, by what they are doing.");
  for (std::size_t i = 0; i < http::phase_names.size(); ++i) {
    connections.add(static_cast<double>(server.connections_by_phase[i]), {{"state", http::phase_names[i]}});
  }
  gauge(to, ours("requests_in_flight"), "Requests from their first byte to the last of their answer.")
      .add(static_cast<double>(server.requests));
  counter(to, ours("connections_accepted_total"), "Connections accepted.").add(static_cast<double>(server.accepted));
  counter(to, ours("connections_swept_total"), "Connections accepted while the listeners closed.")
      .add(static_cast<double>(server.swept));
  counter(to, ours("connections_displaced_total"), "Connections ended for new clients, at a limit.")
      .add(static_cast<double>(server.displaced));
  counter(to, ours("requests_cut_total"), "Requests given up.").add(static_cast<double>(server.cut));
  gauge(to, ours("event_loop_lag_seconds"), "How late a worker's timer ran at most in the last minute.")
      .add(std::chrono::duration<double>(server.largest_lag).count());
}

void add_tls(families& to, const http::server_figures& server,
             const std::vector<std::shared_ptr<const http::encryption>>& certificates) {
  if (certificates.empty()) return;
  counter(to, ours("tls_handshakes_total"), "Handshakes of TLS, by their outcome.")
      .add(static_cast<double>(server.handshakes_done), {{"result", "done"}})
      .add(static_cast<double>(server.handshakes_failed), {{"result", "failed"}});
  auto expiry = gauge(to, ours("tls_certificate_expiry_seconds"), "When a certificate expires, since the Unix epoch.");
  for (const auto& each : certificates) {
    const auto expires = each->expires().time_since_epoch();
    expiry.add(std::chrono::duration<double>(expires).count(), {{"listener", each->section()}});
  }
  auto reloads =
      counter(to, ours("tls_certificate_reloads_total"), "Changed files of certificates, by whether they were taken.");
  for (const auto& each : certificates) {
    reloads.add(static_cast<double>(each->renewed()), {{"listener", each->section()}, {"result", "renewed"}})
        .add(static_cast<double>(each->refused()), {{"listener", each->section()}, {"result", "refused"}});
  }
}

/// Nothing where connections begin without its header.
void add_proxy_protocol(families& to, const http::server_figures& server) {
  if (!server.proxy_protocol) return;
  counter(to, ours("proxy_headers_refused_total"), "Connections ended for their header of the PROXY protocol.")
      .add(static_cast<double>(server.proxy_headers_refused));
}

/// Nothing where no route is under admission.
void add_admission(families& to, const http::server_figures& server) {
  if (!server.admission) return;
  gauge(to, ours("requests_queued"), "Requests that wait to be admitted.").add(static_cast<double>(server.queued));
  counter(to, ours("requests_admitted_total"), "Requests that were admitted, of those that are limited.")
      .add(static_cast<double>(server.admitted));
  auto shed = counter(to, ours("requests_shed_total"), "Requests answered 503 instead, by what they could not have.");
  for (std::size_t i = 0; i < http::shed_names.size(); ++i) {
    shed.add(static_cast<double>(server.shed[i]), {{"reason", http::shed_names[i]}});
  }
}

/// Nothing where HTTP/2 isn't spoken.
void add_http2(families& to, const http::server_figures& server) {
  if (!server.http2) return;
  counter(to, ours("http2_connections_total"), "Connections that have changed over to HTTP/2.")
      .add(static_cast<double>(server.http2_connections));
  auto floods = counter(to, ours("http2_floods_total"), "HTTP/2 connections ended for what their client sent.");
  for (std::size_t i = 0; i < http::flood_names.size(); ++i) {
    floods.add(static_cast<double>(server.http2_floods[i]), {{"kind", http::flood_names[i]}});
  }
}

void add_stop(families& to, const stop::shutdown& stop) {
  const auto seconds = [](milliseconds d) { return std::chrono::duration<double>(d).count(); };
  gauge(to, ours("stopping"), "1 from the moment of the stop signal.").add(stop.stopping() ? 1 : 0);
  gauge(to, ours("stop_step"), "1 for the step that the stop is in.").add(1, {{"step", stop.step()}});
  gauge(to, ours("stop_remaining_seconds"), "Until the stop's deadline; the whole budget while serving.")
      .add(seconds(stop.clock().remaining()));
  auto steps = gauge(to, ours("stop_step_duration_seconds"), "How long each step of the stop took.");
  for (const auto& step : stop.so_far().steps) steps.add(seconds(step.took), {{"step", step.name}});
}

/// The version of the program and of what it is built with, as labels of a constant (the convention of Prometheus).
void add_build(families& to, const std::string& version) {
  gauge(to, ours("build_info"), "1, labelled with the program's version.")
      .add(1, {{"version", version}, {"compiler", __VERSION__}});
}

void add_process(families& to) {
  const auto process = read_process_figures();
  counter(to, "process_cpu_seconds_total", "User and system CPU time.").add(process.cpu_seconds);
  gauge(to, "process_resident_memory_bytes", "Resident memory.").add(process.resident_bytes);
  gauge(to, "process_virtual_memory_bytes", "Virtual memory.").add(process.virtual_bytes);
  gauge(to, "process_virtual_memory_max_bytes", "Limit of virtual memory; -1: none.").add(process.max_virtual_bytes);
  gauge(to, "process_threads", "Threads.").add(process.threads);
  gauge(to, "process_start_time_seconds", "Start, since the Unix epoch.").add(process.start_time);
  gauge(to, "process_open_fds", "Open file descriptors.").add(process.open_fds);
  gauge(to, "process_max_fds", "Limit of open file descriptors.").add(process.max_fds);
}

}  // namespace

http::response show_metrics(const http::request& asked, const http::server& server, const stop::shutdown& stop,
                            const stop::background& tasks, const metrics& own,
                            const std::vector<std::shared_ptr<const http::encryption>>& certificates,
                            const std::string& version) {
  families all;
  exemplars shown;
  const auto figures = server.figures();
  add_requests(all, figures);
  add_timeouts(all, figures);
  add_durations(all, shown, figures);
  add_connections(all, figures);
  add_tls(all, figures, certificates);
  add_proxy_protocol(all, figures);
  add_http2(all, figures);
  add_admission(all, figures);
  add_stop(all, stop);
  gauge(all, ours("background_tasks"), "Tracked background tasks.").add(static_cast<double>(tasks.size()));
  for (const auto& each : own.contents().figures) family(all, each.type, ours(each.name), each.help).add(each.read());
  add_histograms(all, shown, own.contents());
  counter(all, ours("log_lines_dropped_total"), "Log lines lost: stdout could not keep up, or did not take them.")
      .add(static_cast<double>(log::dropped()));
  add_build(all, version);
  add_process(all);
  auto more = own.contents().registry.Collect();
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return exposition(asked, all, shown);
}

}  // namespace sundown::serving
