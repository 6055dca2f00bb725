#include "config/key_table.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sundown::configuration {
namespace {

void refuse_common(const key_list& common, const key_list& own) {
  for (const auto& each : own.keys())
    if (std::ranges::find(common.keys(), each.name, &key::name) != common.keys().end())
      throw std::invalid_argument("the key '" + each.name +
                                  "' is one that every service has: give the service's own another name");
}

/// In a file a name is a key or a section. A key of no section would stand above all others, and its variable would be
/// no other than those that container platforms set (ORDERS_PORT).
void refuse_misplaced(const std::vector<key>& keys) {
  for (const auto& each : keys) {
    if (each.name.find('.') == std::string::npos)
      throw std::invalid_argument("the key '" + each.name + "' is in no section: name one, keys(\"section\")");
    for (const auto& other : keys)
      if (other.name.starts_with(each.name + '.'))
        throw std::invalid_argument("the key '" + each.name + "' is the section of the key '" + other.name +
                                    "' too: give one of them another name");
  }
}

/// Sections in the order of their first keys: in a file each can begin only once.
std::vector<key> grouped(const std::vector<key>& keys) {
  const auto place = [&](const key& subject) {
    return std::ranges::find(keys, subject.section(), &key::section) - keys.begin();
  };
  auto out = keys;
  std::ranges::stable_sort(out, {}, place);
  return out;
}

}  // namespace

key_table::key_table(program identity, const sundown::keys<config>& common, const key_list& own)
    : identity_(std::move(identity)), prefix_(identity_.variable_prefix()), all_("", [own] {
        auto made = std::make_shared<settings>();
        made->own = own.make();
        return made;
      }) {
  refuse_common(common.erased(), own);
  all_.include(common.erased(), [](void* all) -> void* { return &static_cast<settings*>(all)->common; });
  all_.include(own, [](void* all) -> void* { return static_cast<settings*>(all)->own.get(); });
  refuse_misplaced(all_.keys());
  keys_ = grouped(all_.keys());
}

const key* key_table::find(std::string_view name) const {
  const auto found = std::ranges::find(keys_, name, &key::name);
  return found == keys_.end() ? nullptr : &*found;
}

std::string key_table::variable(const key& subject) const {
  std::string out = prefix_;
  for (const char c : subject.name)
    if (c == '.')
      out += "__";
    else
      out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

settings key_table::defaults() const { return *static_cast<const settings*>(all_.make().get()); }

}  // namespace sundown::configuration
