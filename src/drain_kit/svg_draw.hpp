#pragma once

#include "drain_kit/markup.hpp"
#include "drain_kit/timeline.hpp"

#include <array>
#include <sstream>
#include <string>
#include <string_view>

/// The few shapes that the timeline is made of, and its colours: distinct also to the colour-blind.
namespace sundown::testing::drain_kit {

struct outcome;

inline constexpr double page_width = 1200, plot_left = 170, plot_right = 1180;
constexpr auto ink = "#1b1f24", soft_ink = "#59636e", good_ink = "#116329", bad_ink = "#c1121f";

struct legend_entry {
  const char* colour;
  const char* text;
};
/// By activity.
constexpr std::array<legend_entry, activity_count> activities{{{"#e8c547", "connecting"},
                                                               {"#d0d7de", "idle"},
                                                               {"#56b4e9", "sending the request"},
                                                               {"#0072b2", "request in flight"},
                                                               {"#009e73", "answer arriving"},
                                                               {"#cc79a7", "stream open"}}};

class drawing {
 public:
  void rect(double x, double y, double width, double height, std::string_view style) {
    out_ << "<rect x=\"" << x << "\" y=\"" << y << "\" width=\"" << width << "\" height=\"" << height << "\" " << style
         << "/>\n";
  }
  void line(double x1, double y1, double x2, double y2, std::string_view style) {
    out_ << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2 << "\" " << style << "/>\n";
  }
  void text(double x, double y, std::string_view words, std::string_view style = {}) {
    out_ << "<text x=\"" << x << "\" y=\"" << y << "\" " << style << ">" << escaped(words) << "</text>\n";
  }
  /// A sign for what happened at one moment, `size` high.
  void sign(mark what, double x, double y, double size);
  void append(const drawing& other) { out_ << other.str(); }
  std::string str() const { return out_.str(); }

 private:
  std::ostringstream out_;
};

inline std::string fill(std::string_view colour) { return "fill=\"" + std::string(colour) + "\""; }

/// The colour of a step's band; the names are those of the service's report.
std::string step_colour(std::string_view name, std::size_t position);

/// Draws one run with its top at `y`; returns where it ends.
double draw_panel(drawing& on, const outcome& what, bool strict, double y);

}  // namespace sundown::testing::drain_kit
