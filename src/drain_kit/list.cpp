#include "drain_kit/list.hpp"

#include "drain_kit/only.hpp"
#include "drain_kit/scenario.hpp"
#include "drain_kit/text.hpp"

namespace sundown::testing::drain_kit {
namespace {

/// The text in lines of at most so many characters, all but the first behind an indent.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width = 110) {
  std::string out;
  for (std::size_t from = 0; from < text.size();) {
    auto to = std::min(text.size(), from + width - indent);
    if (to < text.size()) to = std::max(text.rfind(' ', to), from + 1);
    if (from > 0) out += "\n" + std::string(indent, ' ');
    out += text.substr(from, to - from);
    from = to < text.size() ? to + 1 : to;
  }
  return out;
}

}  // namespace

void write_list(std::ostream& to) {
  for (const auto& one : scenarios()) to << padded(one.name, 17) << wrapped(one.sentence, 17) << "\n";
}

void explain(std::ostream& to, const std::vector<std::string>& names) {
  auto chosen = scenarios();
  keep_only(chosen, names, [](const scenario& each) { return each.name; }, "--explain");
  for (const auto& one : chosen)
    to << one.name << "\n  " << wrapped(one.sentence, 2) << "\n  rule: " << one.source
       << "\n  where it is broken a client sees: " << one.seen << "\n";
}

}  // namespace sundown::testing::drain_kit
