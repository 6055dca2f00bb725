#include "drain_kit/json_report.hpp"
#include "drain_kit/read_file.hpp"
#include "drain_kit/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <map>
#include <stdexcept>

namespace sundown::testing::drain_kit {
namespace {

namespace json = boost::json;

/// What is compared of a scenario.
struct figure {
  verdict result = verdict::ok;
  std::int64_t lost = 0, runs = 1;
  double slowest = 0;

  double lost_in_a_run() const { return static_cast<double>(lost) / static_cast<double>(runs); }
  std::string text() const {
    return padded(to_string(result), 6) + right(fixed(lost_in_a_run(), 1), 9) + right(fixed(slowest, 3), 9) + " s";
  }
};

verdict verdict_named(std::string_view word) {
  for (const auto each : {verdict::ok, verdict::told, verdict::fault, verdict::late, verdict::lost})
    if (word == to_string(each)) return each;
  throw std::runtime_error("a verdict is none of ok, told, fault, LATE and LOST");
}

figure figure_of(const json::value& scenario) {
  figure one;
  one.result = verdict_named(scenario.at("verdict").as_string());
  one.lost = scenario.at("sum").at("lost").to_number<std::int64_t>();
  const auto& runs = scenario.at("runs").as_array();
  one.runs = static_cast<std::int64_t>(std::max<std::size_t>(1, runs.size()));
  for (const auto& run : runs)
    if (const auto* seconds = run.as_object().if_contains("seconds"))
      one.slowest = std::max(one.slowest, seconds->to_number<double>());
  return one;
}

std::map<std::string, figure> figures_in(const std::string& path) {
  const auto text = read_file(path);
  // Of Boost's exceptions the text names lines of its source: that of their codes is for users.
  const auto refuse = [&](const std::string& why) {
    throw std::runtime_error("'" + path + "' is no file that --json has written (" + why +
                             "): play once with --json FILE before, once after, and compare these");
  };
  std::map<std::string, figure> all;
  try {
    const auto whole = json::parse(text);
    for (const auto& one : whole.at("scenarios").as_array())
      all[json::value_to<std::string>(one.at("name"))] = figure_of(one);
  } catch (const boost::system::system_error& e) {
    refuse(e.code().message());
  } catch (const std::exception& e) {
    refuse(e.what());
  }
  return all;
}

}  // namespace

bool write_comparison(std::ostream& to, const std::string& before, const std::string& after) {
  const auto old = figures_in(before), now = figures_in(after);
  constexpr std::size_t width = 26;
  bool worse = false;
  to << padded("scenario", 18) << padded("before: lost a run, end", width + 4) << "after\n";
  for (const auto& [name, figure] : now) {
    const auto found = old.find(name);
    to << padded(name, 18) << padded(found == old.end() ? "-" : found->second.text(), width + 4) << figure.text();
    if (found != old.end()) {
      const bool is_worse =
          figure.result > found->second.result || figure.lost_in_a_run() > found->second.lost_in_a_run();
      const bool is_better =
          figure.result < found->second.result || figure.lost_in_a_run() < found->second.lost_in_a_run();
      to << (is_worse ? "  worse" : is_better ? "  better" : "");
      worse = worse || is_worse;
    }
    to << "\n";
  }
  for (const auto& [name, figure] : old)
    if (!now.contains(name)) to << padded(name, 18) << padded(figure.text(), width + 4) << "-\n";
  return !worse;
}

}  // namespace sundown::testing::drain_kit
