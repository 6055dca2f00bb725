#include "drain_kit/svg.hpp"

#include "drain_kit/svg_draw.hpp"

namespace sundown::testing::drain_kit {
namespace {

constexpr struct {
  mark what;
  const char* text;
} marks[] = {{mark::fin, "closed in order (FIN)"},
             {mark::refused, "refused"},
             {mark::rst, "reset (RST)"},
             {mark::lost, "request lost"},
             {mark::timed_out, "no end in time"}};

double draw_legend(drawing& on, double y) {
  double x = 20;
  const auto entry = [&](const char* text, auto draw) {
    draw(x);
    on.text(x + 22, y, text, "font-size=\"12\"");
    x += 44 + 6.6 * static_cast<double>(std::char_traits<char>::length(text));
  };
  for (const auto& one : activities) entry(one.text, [&](double at) { on.rect(at, y - 9, 16, 9, fill(one.colour)); });
  x = 20;
  y += 22;
  for (const auto& one : marks) entry(one.text, [&](double at) { on.sign(one.what, at + 8, y - 4, 9); });
  for (const char* step : {"listeners", "sessions", "closers"})
    entry(step, [&](double at) { on.rect(at, y - 11, 16, 13, fill(step_colour(step, 0))); });
  return y;
}

double draw_head(drawing& on) {
  on.text(20, 34, "What each connection saw of the stop", "font-size=\"20\" font-weight=\"bold\"");
  on.text(
      20, 54,
      "One bar for each client's connection; time in seconds from the signal, each scenario to its own scale. Shaded: "
      "the service's own report of its steps.",
      "font-size=\"12\" fill=\"#59636e\"");
  return draw_legend(on, 80);
}

void write_page(std::ostream& to, const drawing& page, double height) {
  to << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << page_width << "\" height=\"" << height
     << "\" viewBox=\"0 0 " << page_width << ' ' << height
     << "\" font-family=\"'DejaVu Sans', Verdana, sans-serif\" fill=\"" << ink << "\">\n"
     << "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
     << page.str() << "</svg>\n";
}

}  // namespace

void drawing::sign(mark what, double x, double y, double size) {
  const double r = size / 2;
  const auto cross = [&](const char* colour, double width) {
    const auto style = "stroke=\"" + std::string(colour) + "\" stroke-width=\"" + std::to_string(width) + "\"";
    line(x - r, y - r, x + r, y + r, style);
    line(x - r, y + r, x + r, y - r, style);
  };
  switch (what) {
    case mark::fin:
      return rect(x - 1, y - r, 2, size, fill(ink));
    case mark::rst:
      return cross("#d55e00", 1.5);
    case mark::lost:
      return cross(bad_ink, 2.5);
    case mark::refused:
      out_ << "<circle cx=\"" << x << "\" cy=\"" << y << "\" r=\"" << r * 0.8 << "\" fill=\"#fff\" stroke=\""
           << soft_ink << "\" stroke-width=\"1\"/>\n";
      return;
    case mark::timed_out:
      out_ << "<path d=\"M" << x - r << ' ' << y + r << 'L' << x + r << ' ' << y + r << 'L' << x << ' ' << y - r
           << "Z\" fill=\"" << bad_ink << "\"/>\n";
  }
}

std::string step_colour(std::string_view name, std::size_t position) {
  constexpr const char* palette[] = {"#fde9c9", "#e3e0f5", "#d5ecd8", "#f9dcdc", "#d6e9f8"};
  if (name == "sessions") return palette[2];
  if (name == "listeners") return palette[1];
  if (name == "closers") return palette[4];
  return palette[position % 2 == 0 ? 0 : 3];
}

void write_svg(std::ostream& to, const std::vector<outcome>& all, bool strict) {
  drawing page;
  double y = draw_head(page) + 22;
  for (const auto& one : all) y = draw_panel(page, one, strict, y);
  write_page(to, page, y);
}

void write_svg_legend(std::ostream& to) {
  drawing page;
  const double y = draw_head(page) + 12;
  write_page(to, page, y);
}

void write_svg_panel(std::ostream& to, const outcome& what, bool strict) {
  drawing page;
  const double y = draw_panel(page, what, strict, 0);
  write_page(to, page, y);
}

}  // namespace sundown::testing::drain_kit
