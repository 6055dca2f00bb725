#include "service/exposition.hpp"

#include "base/characters.hpp"
#include "base/decimal.hpp"

#include <prometheus/text_serializer.h>
#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

namespace sundown::serving {

namespace {

/// What an element of an Accept field names, and the rank that it gives it: its q.
struct preference {
  std::string_view media_type;
  double rank = 0;
};

/// What stands before the next ';', which is taken off.
std::string_view take_part(std::string_view& rest) {
  const auto end = rest.find(';');
  const auto part = base::trimmed(rest.substr(0, end));
  rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

preference preference_of(std::string_view element) {
  preference found{take_part(element), 1};
  while (!element.empty()) {
    const auto parameter = take_part(element);
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    found.rank = base::parse_decimal(parameter.substr(2), std::chars_format::fixed).value_or(0);
  }
  return found;
}

}  // namespace

bool prefers_openmetrics(const std::vector<std::string_view>& accept) {
  double openmetrics = 0, plain = 0;
  for (const auto element : accept) {
    const auto [media_type, rank] = preference_of(element);
    if (boost::beast::iequals(media_type, "application/openmetrics-text")) {
      openmetrics = std::max(openmetrics, rank);
    } else if (boost::beast::iequals(media_type, "text/plain")) {
      plain = std::max(plain, rank);
    }
  }
  return openmetrics > 0 && openmetrics >= plain;
}

http::response exposition(const http::request& asked, const std::vector<prometheus::MetricFamily>& families,
                          const exemplars& shown) {
  http::response answer;
  if (prefers_openmetrics(asked.elements(http::field::accept))) {
    answer = {200, "application/openmetrics-text; version=1.0.0; charset=utf-8", openmetrics_text(families, shown)};
  } else {
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, families);
    answer = {200, "text/plain; version=0.0.4; charset=utf-8", std::move(text).str()};
  }
  return std::move(answer).with("Vary", "Accept");
}

}  // namespace sundown::serving
