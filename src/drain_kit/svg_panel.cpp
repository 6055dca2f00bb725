#include "drain_kit/stop_steps.hpp"
#include "drain_kit/suite.hpp"
#include "drain_kit/svg_lanes.hpp"
#include "drain_kit/text.hpp"

namespace sundown::testing::drain_kit {
namespace {

constexpr double band_height = 16;

std::string figures_line(const outcome& what) {
  const auto all = what.total();
  auto text = "sent " + std::to_string(all.sent) + " · answered whole " + std::to_string(all.answered) + " · lost " +
              std::to_string(all.lost) + " · cut " + std::to_string(all.cut) + " · refused " +
              std::to_string(all.refused + all.refused_streams) + " · ";
  if (!what.exit) return text + "still running when given up";
  if (what.exit->code >= 0)
    text += "exit code " + std::to_string(what.exit->code) + " ";
  else if (what.exit->signal != 0)
    text += "killed by " + signal_name(what.exit->signal) + " ";
  else
    text += "ended ";
  return text + "after " + fixed(what.seconds(), 3) + " s · rule: " + what.rule;
}

std::string steps_line(const std::vector<step>& steps) {
  std::string text;
  for (const auto& one : steps)
    text += (text.empty() ? "steps of the stop: " : " · ") + one.name + " " + fixed(one.seconds, 3) + " s";
  return text;
}

void draw_steps(drawing& on, const std::vector<step>& steps, const time_scale& scale, double top, double bottom) {
  double at = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double from = scale.x(at), to = scale.x(at += steps[i].seconds);
    if (to - from < 0.5) continue;
    const auto colour = fill(step_colour(steps[i].name, i));
    on.rect(from, top, to - from, bottom - top, colour + " fill-opacity=\"0.55\"");
    on.rect(from, top, to - from, band_height, colour);
    if (to - from > 14 + 6.2 * static_cast<double>(steps[i].name.size()))
      on.text((from + to) / 2, top + 12, steps[i].name, "font-size=\"11\" text-anchor=\"middle\"");
  }
}

void draw_axis(drawing& on, const time_scale& scale, double top, double bottom) {
  on.line(plot_left, bottom, plot_right, bottom, "stroke=\"#8c959f\"");
  const double tick = scale.tick();
  const int digits = tick >= 1 ? 0 : tick >= 0.1 ? 1 : tick >= 0.01 ? 2 : 3;
  const auto last = std::lround(std::floor(scale.end() / tick));
  for (auto count = std::lround(std::ceil(scale.begin() / tick)); count <= last; ++count) {
    const double at = static_cast<double>(count) * tick;
    on.line(scale.x(at), top + band_height, scale.x(at), bottom + 4, "stroke=\"#8c959f\" stroke-opacity=\"0.3\"");
    on.text(scale.x(at), bottom + 16, fixed(std::abs(at) < tick / 2 ? 0 : at, digits) + " s",
            "font-size=\"11\" fill=\"#59636e\" text-anchor=\"middle\"");
  }
}

void draw_lines(drawing& on, const outcome& what, const time_scale& scale, double top, double bottom) {
  for (const auto& one : what.signals) {
    const double x = scale.x(one.at);
    on.line(x, top, x, bottom, "stroke=\"#c1121f\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"");
    on.text(x - 5, top + 12, one.name, "font-size=\"11\" fill=\"#c1121f\" text-anchor=\"end\"");
  }
  if (!what.exit) return;
  const double x = scale.x(what.seconds());
  on.line(x, top, x, bottom, "stroke=\"#1b1f24\" stroke-width=\"1.5\"");
  on.text(x + 5, top + 12, what.exit->code >= 0 ? "exit " + std::to_string(what.exit->code) : "ended",
          "font-size=\"11\"");
}

}  // namespace

double draw_panel(drawing& on, const outcome& what, bool strict, double y) {
  const bool passed = !fails(what.worst(), strict);
  on.line(20, y, page_width - 20, y, "stroke=\"#d0d7de\"");
  on.text(20, y + 22, what.name + ": " + what.title, "font-size=\"14\" font-weight=\"bold\"");
  on.text(plot_right, y + 22, to_string(what.worst()),
          "font-size=\"14\" font-weight=\"bold\" text-anchor=\"end\" " + fill(passed ? good_ink : bad_ink));
  on.text(20, y + 40, figures_line(what), "font-size=\"12\"");
  const auto steps = steps_of(what.report);
  if (!steps.empty()) on.text(20, y + 56, steps_line(steps), "font-size=\"12\" fill=\"#59636e\"");
  y += steps.empty() ? 40 : 56;
  for (const auto& one : what.findings)
    on.text(20, y += 16, one.text, "font-size=\"12\" " + fill(fails(one.weight, strict) ? bad_ink : soft_ink));
  y += 12;

  const time_scale scale(what);
  drawing lanes;
  const double bottom = draw_lanes(lanes, what, scale, y + band_height + 4);
  draw_steps(on, steps, scale, y, bottom);
  draw_axis(on, scale, y, bottom);
  on.append(lanes);
  draw_lines(on, what, scale, y, bottom);
  return bottom + 36;
}

}  // namespace sundown::testing::drain_kit
