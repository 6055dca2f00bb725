#include "drain_kit/html.hpp"

#include "drain_kit/markup.hpp"
#include "drain_kit/svg.hpp"
#include "drain_kit/text.hpp"

namespace sundown::testing::drain_kit {
namespace {

constexpr auto page_style = R"(
body{font:15px/1.5 system-ui,sans-serif;max-width:1200px;margin:2rem auto;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;width:100%}th,td{padding:.3rem .6rem;border-bottom:1px solid #d0d7de;text-align:right}
th:first-child,td:first-child,td.text{text-align:left}
.ok{color:#116329}.told{color:#59636e}.fault{color:#9a6700}.LATE,.LOST{color:#c1121f;font-weight:bold}
small{color:#59636e}svg{max-width:100%;height:auto}
)";

void write_row(std::ostream& to, const played& one) {
  const auto sum = one.sum();
  const auto& worst = one.worst();
  const std::string word = to_string(one.result());
  to << "<tr><td><a href=\"#" << escaped(one.name) << "\">" << escaped(one.name) << "</a></td>";
  for (const auto value : {sum.sent, sum.answered, sum.lost, sum.cut, sum.refused + sum.refused_streams})
    to << "<td>" << value << "</td>";
  to << "<td>" << (worst.exit ? fixed(worst.seconds(), 3) + " s" : "still runs") << "</td><td>"
     << one.runs_with_losses() << " of " << one.runs.size() << "</td><td class=\"" << word << "\">" << word
     << "</td></tr>\n";
}

void write_scenario(std::ostream& to, const played& one, bool strict) {
  to << "<h3 id=\"" << escaped(one.name) << "\">" << escaped(one.name) << "</h3>\n<p>" << escaped(one.sentence);
  if (!one.source.empty())
    to << "<br><small>Rule: " << escaped(one.source) << ". Where it is broken, a client sees: " << escaped(one.seen)
       << "</small>";
  to << "</p>\n";
  if (!one.worst().findings.empty()) {
    to << "<ul>";
    for (const auto& each : one.worst().findings)
      to << "<li><span class=\"" << to_string(each.weight) << "\">" << to_string(each.weight) << "</span> "
         << escaped(each.text) << "</li>";
    to << "</ul>\n";
  }
  write_svg_panel(to, one.worst(), strict);
}

/// The word's class, and the word.
const char* headline(const suite_report& all) {
  if (!all.passed()) return "LOST\">it failed";
  return all.not_run.empty() ? "ok\">nothing was lost" : "fault\">not all could be played";
}

void write_not_run(std::ostream& to, const suite_report& all) {
  if (all.not_run.empty()) return;
  to << "<p class=\"fault\">Could not run:</p><ul>";
  for (const auto& one : all.not_run)
    to << "<li>" << escaped(one.name) << ", " << one.whys.size() << " of " << all.runs << ": <small>"
       << escaped(one.whys.front()) << "</small></li>";
  to << "</ul>\n";
}

}  // namespace

void write_html(std::ostream& to, const suite_report& all) {
  to << "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width\"><title>drain-kit: "
     << escaped(all.server) << "</title><style>" << page_style
     << "</style></head><body>\n<h1>What its clients lose at a stop"
     << "</h1>\n<p><code>" << escaped(all.server) << "</code>, " << escaped(all.speech) << ", profile "
     << escaped(all.profile) << ", " << all.runs << (all.runs == 1 ? " run" : " runs") << ", seed " << all.seed
     << ": <b class=\"" << headline(all) << "</b></p>\n"
     << "<table><tr><th>scenario</th><th>sent</th><th>answered</th><th>lost</th><th>cut</th><th>refused</th>"
        "<th>ended after</th><th>runs with losses</th><th>verdict</th></tr>\n";
  for (const auto& one : all.scenarios) write_row(to, one);
  to << "</table>\n";
  write_not_run(to, all);
  if (!all.left_out.empty()) {
    to << "<p>Left out:</p><ul>";
    for (const auto& one : all.left_out)
      to << "<li>" << escaped(one.name) << ": <small>" << escaped(one.why) << "</small></li>";
    to << "</ul>\n";
  }
  to << "<h2>Each scenario, its worst run</h2>\n";
  write_svg_legend(to);
  for (const auto& one : all.scenarios) write_scenario(to, one, all.strict);
  to << "</body></html>\n";
}

}  // namespace sundown::testing::drain_kit
