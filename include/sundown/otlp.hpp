#pragma once

/// The component sundown::otlp: what the service traces goes to an OpenTelemetry collector, by OTLP over HTTP in JSON.
///
///     int main(int argc, char** argv) {
///       const auto orders = sundown::program("orders", "1.0").with(sundown::otlp::over_http());
///       return sundown::run(argc, argv, orders, build);
///     }
///
/// It is set by OpenTelemetry's own environment variables, OTEL_EXPORTER_OTLP_ENDPOINT first: without an endpoint
/// nothing is traced. The stop delivers what was sampled, or counts it in its report: docs/traces.md.
namespace sundown::serving {
class trace_provider;
}  // namespace sundown::serving

namespace sundown::otlp {

/// Spans to a collector over HTTP. Lifetime: the program's.
const serving::trace_provider& over_http() noexcept;

}  // namespace sundown::otlp
