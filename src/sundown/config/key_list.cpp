#include "config/key.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sundown::configuration {
namespace {

bool is_level(std::string_view text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto allowed = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && is_letter(text.front()) && !text.ends_with('_') && text.find("__") == text.npos &&
         std::ranges::all_of(text, allowed);
}

/// One or more levels, parted by dots. "__" parts them in a variable's name, so that no level may have it.
bool is_name(std::string_view text) {
  for (;;) {
    const auto dot = text.find('.');
    if (!is_level(text.substr(0, dot))) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

constexpr const char* name_form =
    "levels, parted by dots, each begin with a letter and have small letters, digits and single underscores";

std::string joined(std::string_view section, std::string_view name) {
  return section.empty() ? std::string(name) : std::string(section) + '.' + std::string(name);
}

}  // namespace

key_list::key_list(std::string section, make_function make) : section_(std::move(section)), make_(std::move(make)) {
  if (!section_.empty() && !is_name(section_))
    throw std::invalid_argument("'" + section_ + "' can't be a section of the configuration: " + name_form);
}

std::string key_list::full_name(std::string_view name) const { return joined(section_, name); }

void key_list::refuse(std::string_view name, std::string_view why) const {
  throw std::invalid_argument("the key '" + full_name(name) + "' " + std::string(why));
}

void key_list::add(key made) {
  if (!is_name(made.name)) refuse(made.name, std::string("can't be called so: ") + name_form);
  if (made.about.empty()) refuse(made.name, "has no sentence that says what it is");
  if (made.type == kind::choice && made.choices.empty()) refuse(made.name, "has no choices");
  if (made.is_url && made.choices.empty()) refuse(made.name, "has no schemes that its URL may have");
  if (made.min > made.max) refuse(made.name, "has a minimum above its maximum");
  if (const auto shipped = made.get(make().get()); shipped && !is_allowed(made, *shipped))
    refuse(made.name, "has a default that it doesn't allow: it must be " + allowed_text(made));
  made.name = full_name(made.name);
  if (std::ranges::find(keys_, made.name, &key::name) != keys_.end())
    throw std::invalid_argument("the key '" + made.name + "' is given twice");
  keys_.push_back(std::move(made));
}

void key_list::add(check made) { checks_.push_back(std::move(made)); }

void key_list::include(const key_list& list, const part_function& part) {
  for (auto each : list.keys_) {
    each.get = [part, get = std::move(each.get)](const void* settings) {
      return get(part(const_cast<void*>(settings)));  // for reading only
    };
    each.set = [part, set = std::move(each.set)](void* settings, const value& given) { set(part(settings), given); };
    add(std::move(each));
  }
  for (auto each : list.checks_) {
    if (each.sections.empty())
      for (const auto& checked : list.keys_) each.sections.emplace_back(checked.top_section());
    if (!section_.empty()) each.sections = {section_.substr(0, section_.find('.'))};
    each.faults = [part, faults = std::move(each.faults)](const void* settings) {
      return faults(part(const_cast<void*>(settings)));
    };
    checks_.push_back(std::move(each));
  }
}

key& key_list::last() {
  if (keys_.empty()) throw std::invalid_argument("there is no key yet that this could be said of");
  return keys_.back();
}

}  // namespace sundown::configuration
