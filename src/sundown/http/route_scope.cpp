#include "http/route_scope.hpp"

namespace sundown::http::detail {

void route_scope::link() {
  guards = parent ? parent->guards : guard_list();
  for (const auto& guard : own_guards) guards.push_back(guard.get());
  limits = parent ? limits_over(own_limits, parent->limits) : own_limits;
  hooks.clear();
  cors = nullptr;
  for (const auto* scope = this; scope; scope = scope->parent) {
    for (const auto& hook : scope->own_hooks) hooks.push_back(hook.get());
    if (!cors) cors = scope->own_cors.get();
  }
  if (cors) hooks.push_back(cors);
  link_admission();
}

void route_scope::link_admission() {
  request_limits = parent ? parent->request_limits : std::vector<request_limit*>();
  if (own_limit) request_limits.push_back(own_limit.get());
  sources = parent ? parent->sources : std::vector<const pressure*>();
  sources.insert(sources.end(), own_sources.begin(), own_sources.end());
  unqueued = own_unqueued || (parent && parent->unqueued);
  const bool own_lane = own_limit || !own_sources.empty() || !parent;
  lane = own_lane ? index : parent->lane;
}

route_options limits_over(route_options inner, const route_options& outer) {
  if (!inner.body_limit) inner.body_limit = outer.body_limit;
  if (!inner.timeout) inner.timeout = outer.timeout;
  return inner;
}

bool route_scope::contains(std::string_view path) const noexcept {
  for (std::string_view rest = prefix; !rest.empty();) {
    if (path.empty() || path.front() != '/') return false;
    rest.remove_prefix(1);
    path.remove_prefix(1);
    const auto wanted = rest.substr(0, rest.find('/'));
    const auto segment = path.substr(0, path.find('/'));
    const bool is_name = wanted.size() > 2 && wanted.front() == '{';
    if (is_name ? segment.empty() : segment != wanted) return false;
    rest.remove_prefix(wanted.size());
    path.remove_prefix(segment.size());
  }
  return path.empty() || path.front() == '/';
}

}  // namespace sundown::http::detail
