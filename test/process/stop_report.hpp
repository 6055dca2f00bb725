#pragma once

#include "support/service.hpp"

#include <boost/json/parse.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace sundown::test {

/// One piece of work that the stop had to cut.
struct cut_entry {
  std::string what, why;
};

/// The JSON line that says what the stop did.
struct stop_report {
  std::int64_t exit_code = -1;
  std::int64_t completed = -1, refused = -1, swept = -1, connections_at_signal = -1;
  std::vector<cut_entry> cut;
  std::string text;
};

/// Reads it from the log of a service that has ended; throws if it isn't there or isn't whole.
inline stop_report report_of(const service& app) {
  const auto line = app.report();
  if (!line) throw std::runtime_error("no shutdown report\n" + app.log());
  const auto object = boost::json::parse(*line).as_object();
  stop_report out;
  out.text = *line;
  out.exit_code = object.at("exit_code").to_number<std::int64_t>();
  out.completed = object.at("completed").to_number<std::int64_t>();
  out.refused = object.at("refused").to_number<std::int64_t>();
  out.swept = object.at("swept").to_number<std::int64_t>();
  out.connections_at_signal = object.at("connections_at_signal").to_number<std::int64_t>();
  for (const auto& one : object.at("cut").as_array())
    out.cut.push_back({std::string(one.at("what").as_string()), std::string(one.at("why").as_string())});
  return out;
}

/// Whether closing what the service has took longer than the stop had time for.
inline bool closing_overran(const service& app) {
  return report_of(app).text.find("\"result\":\"overran\"") != std::string::npos;
}

}  // namespace sundown::test
