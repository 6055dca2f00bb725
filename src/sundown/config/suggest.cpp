#include "config/suggest.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace sundown::configuration {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Levenshtein's distance but for case, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i != a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j != b.size(); ++j) {
      const auto replaced = diagonal + (lower(a[i]) != lower(b[j]));
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string_view last_level(std::string_view name, std::string_view separator) {
  const auto at = name.rfind(separator);
  return at == std::string_view::npos ? name : name.substr(at + separator.size());
}

}  // namespace

std::string_view nearest(std::string_view name, std::span<const std::string> candidates, std::string_view separator) {
  // Names come from files and environments: a hostile one must not cost much.
  if (name.empty() || name.size() > 128) return {};
  const auto allowed = std::max<std::size_t>(2, name.size() / 4);
  std::string_view best;
  auto best_distance = allowed + 1;
  for (const auto& each : candidates) {
    auto here = distance(name, each);
    if (last_level(name, separator) == last_level(each, separator)) here = std::min(here, allowed);
    if (here < best_distance) {
      best = each;
      best_distance = here;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates, std::string_view separator) {
  const auto meant = nearest(name, candidates, separator);
  return meant.empty() ? std::string() : " (did you mean '" + std::string(meant) + "'?)";
}

}  // namespace sundown::configuration
