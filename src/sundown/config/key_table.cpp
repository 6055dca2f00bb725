#include "config/key_table.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <stdexcept>
#include <tuple>
#include <type_traits>
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

/// In a file a section begins only once, and those of one top section stand together: first its own keys, then the
/// sections that the service has put there, then those of every service; otherwise as they come.
std::vector<key> grouped(const std::vector<key>& keys, const key_list& own) {
  const auto place = [&](const key& subject) {
    const auto top = std::ranges::find(keys, subject.top_section(), &key::top_section) - keys.begin();
    const auto first = std::ranges::find(keys, subject.section(), &key::section);
    const bool is_top = subject.section() == subject.top_section();
    const bool is_own = std::ranges::find(own.keys(), first->name, &key::name) != own.keys().end();
    return std::tuple(top, is_top ? 0 : is_own ? 1 : 2, first - keys.begin());
  };
  std::multimap<std::invoke_result_t<decltype(place), const key&>, key> placed;
  for (const auto& each : keys) placed.emplace(place(each), each);
  const auto sorted = placed | std::views::values;
  return {sorted.begin(), sorted.end()};
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
  keys_ = grouped(all_.keys(), own);
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
