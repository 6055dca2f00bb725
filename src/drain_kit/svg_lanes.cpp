#include "drain_kit/svg_lanes.hpp"

#include <array>

namespace sundown::testing::drain_kit {
namespace {

constexpr std::size_t most_lanes = 50;
constexpr double lanes_height = 150, least_lane = 3, most_lane = 12;

/// What a lane shows in each column of pixels: the activity that takes most of it, or -1.
std::vector<int> columns_of(const lane& drawn, const time_scale& scale) {
  const auto count = static_cast<std::size_t>(plot_right - plot_left);
  std::vector<std::array<float, activity_count>> shares(count, std::array<float, activity_count>{});
  for (const auto& one : drawn.spans()) {
    const double from = scale.x(one.from) - plot_left, to = scale.x(one.to) - plot_left;
    for (auto i = static_cast<std::size_t>(from); i < count && static_cast<double>(i) < to; ++i) {
      const double left = std::max(from, static_cast<double>(i)), right_end = std::min(to, static_cast<double>(i + 1));
      shares[i][static_cast<std::size_t>(one.what)] += static_cast<float>(right_end - left);
    }
  }
  std::vector<int> columns;
  for (const auto& share : shares) {
    const auto most = std::max_element(share.begin(), share.end());
    columns.push_back(*most > 0.1F ? static_cast<int>(most - share.begin()) : -1);
  }
  return columns;
}

void draw_lane(drawing& on, const lane& drawn, const time_scale& scale, double y, double height) {
  const auto columns = columns_of(drawn, scale);
  for (std::size_t from = 0, to = 0; from < columns.size(); from = to) {
    while (to < columns.size() && columns[to] == columns[from]) ++to;
    if (columns[from] < 0) continue;
    on.rect(plot_left + static_cast<double>(from), y, static_cast<double>(to - from), height * 0.8,
            fill(activities[static_cast<std::size_t>(columns[from])].colour));
  }
  for (const auto& one : drawn.moments())
    on.sign(one.what, scale.x(one.at), y + height * 0.4, std::clamp(height * 0.9, 4.0, 9.0));
}

/// Those with something wrong first, of the others as many as there is room for.
std::vector<const lane*> chosen(const std::vector<lane>& all) {
  std::vector<const lane*> order;
  for (const bool troubled : {true, false})
    for (const auto& one : all)
      if (one.troubled() == troubled) order.push_back(&one);
  if (order.size() > most_lanes) order.resize(most_lanes);
  return order;
}

}  // namespace

double draw_lanes(drawing& on, const outcome& what, const time_scale& scale, double y) {
  std::size_t all = 0;
  for (const auto& one : what.kinds) all += chosen(one.lanes).size();
  const double height =
      std::clamp(lanes_height / static_cast<double>(std::max<std::size_t>(all, 1)), least_lane, most_lane);
  for (const auto& one : what.kinds) {
    const auto lanes = chosen(one.lanes);
    const double block = std::max(height * static_cast<double>(lanes.size()), 26.0);
    const auto style = "font-size=\"11\" text-anchor=\"end\"";
    on.text(plot_left - 10, y + block / 2, one.name, style);
    on.text(plot_left - 10, y + block / 2 + 13,
            lanes.size() < one.lanes.size()
                ? std::to_string(lanes.size()) + " of " + std::to_string(one.lanes.size()) + " shown"
                : std::to_string(lanes.size()) + (lanes.size() == 1 ? " client" : " clients"),
            std::string(style) + " fill=\"#59636e\"");
    double top = y + (block - height * static_cast<double>(lanes.size())) / 2;
    for (const auto* each : lanes) {
      draw_lane(on, *each, scale, top, height);
      top += height;
    }
    y += block + 4;
  }
  return y;
}

}  // namespace sundown::testing::drain_kit
