#include "config/faults.hpp"

#include "log/json_escape.hpp"

#include <climits>
#include <utility>

namespace sundown::configuration {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool goes_on(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

/// "shutdown.drain" is named in "shutdown.drain 9s", not in "shutdown.drains" or "shutdown.drain.max".
bool names(std::string_view sentence, std::string_view key) {
  for (auto at = sentence.find(key); at != sentence.npos; at = sentence.find(key, at + 1)) {
    const auto after = sentence.substr(at + key.size());
    const bool begins = at == 0 || (!goes_on(sentence[at - 1]) && sentence[at - 1] != '.');
    const bool longer = after.starts_with('.') && after.size() > 1 && is_letter(after[1]);
    if (begins && !longer && (after.empty() || !goes_on(after.front()))) return true;
  }
  return false;
}

/// One line: names of keys and of files may hold anything.
std::string told(std::string_view text, std::size_t most) {
  return log::one_line(text.substr(0, most)) + (text.size() <= most ? "" : "...");
}

}  // namespace

void fault_list::add(std::string_view where, std::string_view what) {
  if (full())
    ++untold_;
  else
    lines_.push_back(told(where, PATH_MAX) + ": " + told(what, longest));
}

void fault_list::add(std::string_view where, const key& subject, std::string_view what) {
  add(where, std::string(subject.name) + ' ' + std::string(what));
  distrust(subject.name);
  faulty_.insert(subject.name);
}

void fault_list::add_finding(std::string_view sentence) {
  std::string where;
  for (const auto& [name, origin] : origins_)
    if (names(sentence, name)) where += (where.empty() ? "" : ", ") + origin;
  add(where.empty() ? "configuration" : where, sentence);
}

std::vector<std::string> fault_list::lines() && {
  if (untold_ != 0) lines_.push_back("configuration: " + std::to_string(untold_) + " more faults");
  return std::move(lines_);
}

}  // namespace sundown::configuration
