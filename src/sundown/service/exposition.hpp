#pragma once

#include <sundown/http/request.hpp>
#include <sundown/http/response.hpp>
#include <sundown/trace/exemplar.hpp>

#include <prometheus/metric_family.h>

#include <compare>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sundown::serving {

/// Which bucket of a list of families, by the positions in it.
struct bucket_place {
  bucket_place(std::size_t its_family, std::size_t its_metric, std::size_t its_bucket) noexcept
      : family(its_family), metric(its_metric), bucket(its_bucket) {}

  std::size_t family, metric, bucket;

  friend auto operator<=>(const bucket_place&, const bucket_place&) = default;
};

/// Beside the families, since prometheus-cpp's have no place for them. The value of each lies in its bucket.
using exemplars = std::map<bucket_place, trace::exemplar>;

/// Families of metrics in the format that the scraper prefers: OpenMetrics 1.0 where its Accept field names it and
/// ranks plain text no higher (RFC 9110 §12.5.1), else the Prometheus text format 0.0.4, which has no exemplars.
http::response exposition(const http::request& asked, const std::vector<prometheus::MetricFamily>& families,
                          const exemplars& shown = {});

/// Whether the elements of an Accept field rank OpenMetrics at least as high as plain text.
bool prefers_openmetrics(const std::vector<std::string_view>& accept);

/// The text of OpenMetrics 1.0: a counter's family is named without its "_total", and one that has no such name is of
/// the type "unknown", since no sample may be called otherwise.
std::string openmetrics_text(const std::vector<prometheus::MetricFamily>& families, const exemplars& shown = {});

}  // namespace sundown::serving
