#pragma once

#include "http/request_limit.hpp"

#include <sundown/http/handler.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sundown {
class pressure;
}  // namespace sundown

namespace sundown::http::detail {

using guard_list = std::vector<const guard_function*>;
using answer_hooks = std::vector<const answer_hook*>;

/// What routes have in common: those of the router, of a group, or one route with guards of its own.
struct route_scope {
  route_scope(std::string path, const route_scope* outer, std::size_t place)
      : prefix(std::move(path)), parent(outer), index(place) {}

  std::string prefix;         ///< of the whole path
  const route_scope* parent;  ///< nullptr: the router's
  const std::size_t index;    ///< among the router's
  bool is_group = true;

  std::vector<std::unique_ptr<const guard_function>> own_guards;
  std::vector<std::unique_ptr<const answer_hook>> own_hooks;

  std::unique_ptr<request_limit> own_limit;
  std::vector<const pressure*> own_sources;
  bool own_unqueued = false;

  guard_list guards;   ///< in the order in which they are asked, the parents' first
  answer_hooks hooks;  ///< in the order in which they are called, the parents' last

  // Of admission, the parents' included.
  std::vector<request_limit*> limits;
  std::vector<const pressure*> sources;
  bool unqueued = false;
  std::size_t lane = 0;  ///< requests wait with those of this scope: the inner one that has limits
  bool is_limited() const noexcept { return !limits.empty() || !sources.empty(); }

  /// Makes the lists of one's own and the parent's.
  void link();
  /// Whether a path is in the group: the prefix's segments are its first ones.
  bool contains(std::string_view path) const noexcept;
};

}  // namespace sundown::http::detail
