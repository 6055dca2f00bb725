#include "otlp/settings.hpp"

#include "base/decimal.hpp"
#include "http_client/message.hpp"
#include "http_client/url.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <optional>

namespace sundown::otlp {

namespace {

constexpr std::string_view general_endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
constexpr std::string_view traces_endpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/// The variable for traces goes before the one for all signals.
std::string_view of_traces(const variables& from, std::string_view traces, std::string_view general) {
  return from.first_set(traces, general);
}

/// "otlp", unless the list has only "none".
bool exports_anywhere(const variables& from, findings& into) {
  const auto given = from.text("OTEL_TRACES_EXPORTER");
  if (given.empty() || given == "otlp") return true;
  if (given == "none") return false;
  into.warnings.emplace_back(
      "OTEL_TRACES_EXPORTER names an exporter that there is not: only otlp and none are known, and it is taken for "
      "otlp");
  return true;
}

std::string url_of_traces(const variables& from) {
  if (const auto given = from.text(traces_endpoint); !given.empty()) return std::string(given);
  const auto base = from.text(general_endpoint);
  if (base.empty()) return {};
  return std::string(base) + (base.ends_with('/') ? "" : "/") + "v1/traces";
}

/// As it was given: with a path behind it "http://" would look like one.
void check_endpoint(const variables& from, findings& into) {
  const auto name = of_traces(from, traces_endpoint, general_endpoint);
  const auto given = from.text(name);
  const auto read = http_client::parse_url(given);
  if (!read)
    into.faults.push_back(std::string(name) + ": " + read.error().detail +
                          "; it must be one such as http://localhost:4318, the collector's port for OTLP over HTTP");
  else if (name == general_endpoint && given.find_first_of("?#") != given.npos)
    into.faults.push_back(std::string(name) +
                          " has a query or a fragment, behind which /v1/traces would be no path: "
                          "set the whole URL as " +
                          std::string(traces_endpoint));
}

/// What the exporter says by itself.
bool is_own_field(std::string_view name) {
  return boost::beast::iequals(name, "Content-Type") || boost::beast::iequals(name, "Content-Encoding");
}

void check_protocol(const variables& from, findings& into) {
  const auto name = of_traces(from, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
  const auto given = from.text(name);
  if (given.empty() || given == "http/json") return;
  into.warnings.push_back(std::string(name) +
                          " asks for another protocol: only http/json is spoken, at the collector's port for OTLP over "
                          "HTTP (4318, not 4317); set it to http/json to be rid of this line");
}

void read_headers(const variables& from, settings& into, findings& found) {
  const auto name = of_traces(from, "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS");
  const auto refused = [&, name = std::string(name)](const char* what) {
    found.faults.push_back(name + ' ' + what +
                           ": it must be name=value pairs with commas between them, their values percent-encoded, such "
                           "as authorization=Bearer%20abc");
    into.headers.clear();
  };
  if (!read_pairs(from.text(name), into.headers)) return refused("can't be read");
  http_client::request carrier(http::verb::post, into.endpoint);
  carrier.headers = into.headers;
  if (!http_client::head_of(carrier, {})) return refused("has a field that a request can't have");
  if (std::ranges::any_of(into.headers, is_own_field, &pairs::value_type::first))
    refused("has a field that the exporter sets by itself");
}

void read_compression(const variables& from, settings& into, findings& found) {
  const auto name = of_traces(from, "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION");
  const auto given = from.text(name);
  into.gzip = given == "gzip";
  if (!given.empty() && given != "gzip" && given != "none")
    found.warnings.push_back(std::string(name) + " is neither gzip nor none: nothing is compressed");
}

void read_certificate(const variables& from, settings& into, findings& found) {
  const auto name = of_traces(from, "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE");
  into.certificate = from.text(name);
  if (into.certificate.empty()) return;
  boost::system::error_code ec;
  boost::asio::ssl::context(boost::asio::ssl::context::tls_client).load_verify_file(into.certificate, ec);
  if (ec)
    found.faults.push_back(std::string(name) + " names a file that can't be read as authorities (" + ec.message() +
                           "): it must be one of certificates in PEM");
}

void warn_of_client_certificates(const variables& from, findings& into) {
  for (const std::string_view name :
       {"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY"})
    if (!from.text(name).empty())
      into.warnings.push_back(std::string(name) + " is not used: the collector is shown no certificate");
}

void read_resource(const variables& from, settings& into, findings& found) {
  constexpr std::string_view name = "OTEL_RESOURCE_ATTRIBUTES";
  if (!read_pairs(from.text(name), into.resource)) {
    found.warnings.push_back(std::string(name) +
                             " can't be read and is left out as a whole: it must be name=value "
                             "pairs with commas between them, their values percent-encoded");
    into.resource.clear();
  }
  into.service_name = from.text("OTEL_SERVICE_NAME");
  pairs each_once;  // the last of several counts
  for (auto& [key, value] : into.resource) {
    if (key == "service.name") {
      if (from.text("OTEL_SERVICE_NAME").empty()) into.service_name = value;
      continue;
    }
    std::erase_if(each_once, [&](const auto& other) { return other.first == key; });
    each_once.emplace_back(std::move(key), std::move(value));
  }
  into.resource = std::move(each_once);
}

std::optional<double> ratio_of(std::string_view text) {
  const auto read = base::parse_decimal(text);
  return read && *read >= 0 && *read <= 1 ? read : std::nullopt;
}

/// The part of the traces that begin here; nothing for a sampler that is not known.
std::optional<double> sampled_part(const variables& from, std::string_view sampler, findings& found) {
  if (sampler == "always_on") return 1;
  if (sampler == "always_off") return 0;
  if (sampler != "traceidratio") return std::nullopt;
  constexpr std::string_view argument = "OTEL_TRACES_SAMPLER_ARG";
  const auto text = from.text(argument);
  const auto ratio = text.empty() ? std::optional(1.0) : ratio_of(text);
  if (!ratio)
    found.faults.push_back(std::string(argument) + " is no number from 0 to 1, such as 0.01 for one trace in 100");
  return ratio.value_or(1);
}

void read_sampler(const variables& from, settings& into, findings& found) {
  constexpr std::string_view name = "OTEL_TRACES_SAMPLER", parent_based = "parentbased_";
  const auto given = from.text(name);
  if (given.empty()) return;
  const bool follows_parent = given.starts_with(parent_based);
  const auto part = sampled_part(from, given.substr(follows_parent ? parent_based.size() : 0), found);
  if (!part) {
    found.warnings.push_back(std::string(name) +
                             " names a sampler that there is not: it is taken for parentbased_always_on; known are "
                             "always_on, always_off, traceidratio, and each of them behind parentbased_");
    return;
  }
  const auto root = trace::sampler::ratio(*part);
  into.sampler = follows_parent ? trace::sampler::parent_based(root) : root;
}

void read_batches(const variables& from, settings& into, findings& found) {
  into.queue = from.number("OTEL_BSP_MAX_QUEUE_SIZE", into.queue, 1, found);
  // A smaller queue alone asks for smaller batches too.
  const auto fallback = std::min(into.batch, into.queue);
  into.batch = from.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", fallback, 1, found);
  if (into.batch > into.queue) {
    found.faults.emplace_back("OTEL_BSP_MAX_EXPORT_BATCH_SIZE is larger than OTEL_BSP_MAX_QUEUE_SIZE (" +
                              std::to_string(into.queue) + "): set it to that at most");
    into.batch = into.queue;
  }
  into.delay = from.duration("OTEL_BSP_SCHEDULE_DELAY", into.delay, found);
  into.export_timeout = from.duration("OTEL_BSP_EXPORT_TIMEOUT", into.export_timeout, found, 0);
}

}  // namespace

settings read_settings(const environment& from, findings& into) {
  const variables given(from);
  settings read;
  read.endpoint = url_of_traces(given);
  if (!read.enabled()) return read;
  findings found;
  if (given.flag("OTEL_SDK_DISABLED", found) || !exports_anywhere(given, found)) return {};
  check_endpoint(given, found);
  check_protocol(given, found);
  read_headers(given, read, found);
  read_compression(given, read, found);
  read_certificate(given, read, found);
  warn_of_client_certificates(given, found);
  const auto timeout = of_traces(given, "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT");
  read.timeout = given.duration(timeout, read.timeout, found);
  read_resource(given, read, found);
  read_sampler(given, read, found);
  read_batches(given, read, found);
  into = std::move(found);
  return read;
}

}  // namespace sundown::otlp
