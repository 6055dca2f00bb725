#include "service/exposition.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
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

/// The format's canonical numbers: the shortest that is read back as the same, "1.0" for a whole one.
std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::string text(32, '\0');
  const auto [end, ec] = std::to_chars(text.data(), text.data() + text.size(), value);
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

/// The samples of one family, line by line.
class samples {
 public:
  samples(std::string& to, std::string_view name) : to_(to), name_(name) {}

  void add(std::string_view suffix, const ClientMetric& of, std::string_view value, std::string_view label = {},
           std::string_view label_value = {}) {
    to_.append(name_).append(suffix);
    char before = '{';
    const auto add_label = [&](std::string_view name, std::string_view text) {
      to_.append(1, before).append(name).append("=\"").append(escaped(text)).append("\"");
      before = ',';
    };
    for (const auto& each : of.label) add_label(each.name, each.value);
    if (!label.empty()) add_label(label, label_value);
    if (before == ',') to_ += '}';
    to_.append(" ").append(value).append("\n");
  }
  void add(std::string_view suffix, const ClientMetric& of, double value) { add(suffix, of, number_text(value)); }
  void add_count(std::string_view suffix, const ClientMetric& of, std::uint64_t count) {
    add(suffix, of, std::to_string(count));
  }

 private:
  std::string& to_;
  std::string_view name_;
};

void add_histogram(samples& to, const ClientMetric& of) {
  const auto& histogram = of.histogram;
  bool ends = false;
  for (const auto& each : histogram.bucket) {
    to.add("_bucket", of, std::to_string(each.cumulative_count), "le", number_text(each.upper_bound));
    ends = std::isinf(each.upper_bound);
  }
  if (!ends) to.add("_bucket", of, std::to_string(histogram.sample_count), "le", "+Inf");
  to.add("_sum", of, histogram.sample_sum);
  to.add_count("_count", of, histogram.sample_count);
}

void add_summary(samples& to, const ClientMetric& of) {
  for (const auto& each : of.summary.quantile)
    to.add({}, of, number_text(each.value), "quantile", number_text(each.quantile));
  to.add("_sum", of, of.summary.sample_sum);
  to.add_count("_count", of, of.summary.sample_count);
}

void add_sample(samples& to, const MetricFamily& family, const ClientMetric& of) {
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
      return add_histogram(to, of);
  }
}

}  // namespace

std::string openmetrics_text(const std::vector<MetricFamily>& families) {
  std::string text;
  for (const auto& family : families) {
    std::string_view name = family.name;
    if (is_counter(family)) name.remove_suffix(total.size());
    text.append("# TYPE ").append(name).append(" ").append(type_name(family)).append("\n");
    if (!family.help.empty()) text.append("# HELP ").append(name).append(" ").append(escaped(family.help)).append("\n");
    samples to(text, name);
    for (const auto& each : family.metric) add_sample(to, family, each);
  }
  text += "# EOF\n";
  return text;
}

}  // namespace sundown::serving
