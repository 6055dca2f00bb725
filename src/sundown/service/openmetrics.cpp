#include "service/exposition.hpp"

#include "base/hex.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>

namespace sundown::serving {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view total = "_total";

bool is_counter(const MetricFamily& family) {
  return family.type == MetricType::Counter && family.name.ends_with(total);
}

std::string_view type_name(const MetricFamily& family) {
  switch (family.type) {
    case MetricType::Counter:
      return is_counter(family) ? "counter" : "unknown";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Summary:
      return "summary";
    case MetricType::Histogram:
      return "histogram";
    case MetricType::Untyped:
      break;
  }
  return "unknown";
}

/// The format's canonical numbers: the shortest that is read back as the same, "1.0" for a whole one, with an exponent
/// where it is below -4 or above 5.
std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::string text(32, '\0');
  const auto size = std::abs(value);
  const auto how = size == 0 || (size >= 1e-4 && size < 1e6) ? std::chars_format::fixed : std::chars_format::scientific;
  const auto [end, ec] = std::to_chars(text.data(), text.data() + text.size(), value, how);
  text.resize(ec == std::errc() ? static_cast<std::size_t>(end - text.data()) : 0);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return text;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// Seconds since the Unix epoch, to the millisecond.
std::string time_text(std::chrono::system_clock::time_point when) {
  const auto all = std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
  const auto part = std::to_string(1000 + all % 1000);
  return std::to_string(all / 1000) + '.' + part.substr(1);
}

template <class Id>
std::string hex_text(const Id& id) {
  std::string text(2 * id.size(), '\0');
  base::put_hex(text.data(), id);
  return text;
}

/// Behind a bucket. Its label set has 63 characters, of 128 that are allowed.
std::string exemplar_text(const trace::exemplar& one) {
  return " # {trace_id=\"" + hex_text(one.trace) + "\",span_id=\"" + hex_text(one.span) + "\"} " +
         number_text(one.value) + ' ' + time_text(one.when);
}

/// The samples of one family, line by line.
class samples {
 public:
  samples(std::string& to, std::string_view name, std::size_t family, const exemplars& shown)
      : to_(to), name_(name), family_(family), shown_(shown) {}

  void add(std::string_view suffix, const ClientMetric& of, std::string_view value, std::string_view label = {},
           std::string_view label_value = {}, std::string_view behind = {}) {
    to_.append(name_).append(suffix);
    char before = '{';
    const auto add_label = [&](std::string_view name, std::string_view text) {
      to_.append(1, before).append(name).append("=\"").append(escaped(text)).append("\"");
      before = ',';
    };
    for (const auto& each : of.label) add_label(each.name, each.value);
    if (!label.empty()) add_label(label, label_value);
    if (before == ',') to_ += '}';
    to_.append(" ").append(value).append(behind).append("\n");
  }
  void add(std::string_view suffix, const ClientMetric& of, double value) { add(suffix, of, number_text(value)); }
  void add_bucket(const ClientMetric& of, std::size_t metric, std::size_t bucket, std::uint64_t count, double bound) {
    const auto found = shown_.find({family_, metric, bucket});
    add("_bucket", of, std::to_string(count), "le", number_text(bound),
        found != shown_.end() ? exemplar_text(found->second) : std::string());
  }
  void add_count(std::string_view suffix, const ClientMetric& of, std::uint64_t count) {
    add(suffix, of, std::to_string(count));
  }

 private:
  std::string& to_;
  std::string_view name_;
  std::size_t family_;
  const exemplars& shown_;
};

void add_histogram(samples& to, const ClientMetric& of, std::size_t metric) {
  const auto& histogram = of.histogram;
  std::size_t bucket = 0;
  bool ends = false;
  for (const auto& each : histogram.bucket) {
    to.add_bucket(of, metric, bucket++, each.cumulative_count, each.upper_bound);
    ends = std::isinf(each.upper_bound);
  }
  if (!ends) to.add_bucket(of, metric, bucket, histogram.sample_count, std::numeric_limits<double>::infinity());
  to.add("_sum", of, histogram.sample_sum);
  to.add_count("_count", of, histogram.sample_count);
}

void add_summary(samples& to, const ClientMetric& of) {
  for (const auto& each : of.summary.quantile)
    to.add({}, of, number_text(each.value), "quantile", number_text(each.quantile));
  to.add("_sum", of, of.summary.sample_sum);
  to.add_count("_count", of, of.summary.sample_count);
}

void add_sample(samples& to, const MetricFamily& family, std::size_t metric) {
  const auto& of = family.metric[metric];
  switch (family.type) {
    case MetricType::Counter:
      return to.add(is_counter(family) ? total : std::string_view(), of, of.counter.value);
    case MetricType::Gauge:
      return to.add({}, of, of.gauge.value);
    case MetricType::Untyped:
      return to.add({}, of, of.untyped.value);
    case MetricType::Summary:
      return add_summary(to, of);
    case MetricType::Histogram:
      return add_histogram(to, of, metric);
  }
}

}  // namespace

std::string openmetrics_text(const std::vector<MetricFamily>& families, const exemplars& shown) {
  std::string text;
  for (std::size_t place = 0; place < families.size(); ++place) {
    const auto& family = families[place];
    std::string_view name = family.name;
    if (is_counter(family)) name.remove_suffix(total.size());
    text.append("# TYPE ").append(name).append(" ").append(type_name(family)).append("\n");
    if (!family.help.empty()) text.append("# HELP ").append(name).append(" ").append(escaped(family.help)).append("\n");
    samples to(text, name, place, shown);
    for (std::size_t metric = 0; metric < family.metric.size(); ++metric) add_sample(to, family, metric);
  }
  text += "# EOF\n";
  return text;
}

}  // namespace sundown::serving
