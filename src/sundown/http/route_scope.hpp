#pragma once

#include <sundown/http/handler.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sundown::http::detail {

using guard_list = std::vector<const guard_function*>;
using answer_hooks = std::vector<const answer_hook*>;

/// What routes have in common: those of the router, of a group, or one route with guards of its own.
struct route_scope {
  route_scope(std::string path, const route_scope* outer) : prefix(std::move(path)), parent(outer) {}

  std::string prefix;         ///< of the whole path
  const route_scope* parent;  ///< nullptr: the router's
  bool is_group = true;

  std::vector<std::unique_ptr<const guard_function>> own_guards;
  std::vector<std::unique_ptr<const answer_hook>> own_hooks;

  guard_list guards;   ///< in the order in which they are asked, the parents' first
  answer_hooks hooks;  ///< in the order in which they are called, the parents' last

  /// Makes both lists of one's own and the parent's.
  void link();
  /// Whether a path is in the group: the prefix's segments are its first ones.
  bool contains(std::string_view path) const noexcept;
};

}  // namespace sundown::http::detail
