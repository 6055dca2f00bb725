#include "otlp/variables.hpp"

#include "base/characters.hpp"
#include "base/number.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace sundown::otlp {

namespace {

constexpr std::size_t longest_time = 24UL * 60 * 60 * 1000;

/// False where a '%' begins no triplet.
bool percent_decode(std::string_view text, std::string& into) {
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '%') {
      into += text[at++];
    } else if (base::is_triplet(text, at)) {
      into += static_cast<char>(base::hex_value(text[at + 1]) << 4 | base::hex_value(text[at + 2]));
      at += 3;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string_view variables::text(std::string_view name) const {
  const auto found = std::ranges::find(from_, name, &environment::value_type::first);
  return found == from_.end() ? std::string_view() : base::trimmed(found->second);
}

std::string_view variables::first_set(std::string_view name, std::string_view other) const {
  return text(name).empty() ? other : name;
}

bool variables::flag(std::string_view name, findings& into) const {
  const auto given = text(name);
  if (boost::beast::iequals(given, "true")) return true;
  if (!given.empty() && !boost::beast::iequals(given, "false"))
    into.warnings.push_back(std::string(name) + " is neither true nor false: it is taken for false");
  return false;
}

std::size_t variables::number(std::string_view name, std::size_t fallback, std::size_t least, findings& into,
                              std::size_t most) const {
  const auto given = text(name);
  if (given.empty()) return fallback;
  if (const auto read = base::parse_number<std::size_t>(given, least, most)) return *read;
  into.faults.push_back(std::string(name) + " is no whole number from " + std::to_string(least) + " to " +
                        std::to_string(most) + ": set one, or leave it out for " + std::to_string(fallback));
  return fallback;
}

std::chrono::milliseconds variables::duration(std::string_view name, std::chrono::milliseconds fallback, findings& into,
                                              std::size_t least) const {
  const auto before = into.faults.size();
  const auto read = number(name, static_cast<std::size_t>(fallback.count()), least, into, longest_time);
  if (into.faults.size() != before) into.faults.back() += " (milliseconds)";
  return std::chrono::milliseconds(read);
}

bool read_pairs(std::string_view text, pairs& into) {
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto entry = base::trimmed(text.substr(at, end - at));
    at = end + 1;
    if (entry.empty()) continue;
    const auto equals = entry.find('=');
    if (equals == entry.npos) return false;
    std::string name, value;
    if (!percent_decode(base::trimmed(entry.substr(0, equals)), name) || name.empty() ||
        !percent_decode(base::trimmed(entry.substr(equals + 1)), value))
      return false;
    into.emplace_back(std::move(name), std::move(value));
  }
  return true;
}

}  // namespace sundown::otlp
