#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

namespace sundown::serving {

/// Families of metrics in the format that the scraper prefers: OpenMetrics 1.0 where its Accept field names it and
/// ranks plain text no higher (RFC 9110 §12.5.1), else the Prometheus text format 0.0.4.
http::response exposition(const http::request& asked, const std::vector<prometheus::MetricFamily>& families);

/// Whether the elements of an Accept field rank OpenMetrics at least as high as plain text.
bool prefers_openmetrics(const std::vector<std::string_view>& accept);

/// The text of OpenMetrics 1.0: a counter's family is named without its "_total", and one that has no such name is of
/// the type "unknown", since no sample may be called otherwise.
std::string openmetrics_text(const std::vector<prometheus::MetricFamily>& families);

}  // namespace sundown::serving
