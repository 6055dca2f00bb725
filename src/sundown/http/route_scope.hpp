#pragma once

#include "http/request_limit.hpp"

#include <sundown/http/handler.hpp>
#include <sundown/http/router.hpp>

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
  std::unique_ptr<const answer_hook> own_cors;
  route_options own_limits;

  std::unique_ptr<request_limit> own_limit;
  std::vector<const pressure*> own_sources;
  bool own_unqueued = false;

  guard_list guards;                  ///< in the order in which they are asked, the parents' first
  answer_hooks hooks;                 ///< in the order in which they are called, the parents' last
  const answer_hook* cors = nullptr;  ///< the innermost one; the last of the hooks
  route_options limits;               ///< the innermost ones

  // Of admission, the parents' included.
  std::vector<request_limit*> request_limits;
  std::vector<const pressure*> sources;
  bool unqueued = false;
  std::size_t lane = 0;  ///< requests wait with those of this scope: the inner one that has limits
  bool is_limited() const noexcept { return !request_limits.empty() || !sources.empty(); }

  /// Makes all of one's own and the parent's.
  void link();
  /// Whether a path is in the group: the prefix's segments are its first ones.
  bool contains(std::string_view path) const noexcept;

 private:
  void link_admission();
};

/// The limits of an outer group in the place of those that the inner one, or the route, doesn't set: a line for each.
route_options limits_over(route_options inner, const route_options& outer);

}  // namespace sundown::http::detail
