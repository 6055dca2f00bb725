#include <sundown/http/router.hpp>

#include <sundown/http/cors.hpp>

#include "http/characters.hpp"
#include "http/route_scope.hpp"
#include "http/target.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <unordered_map>

namespace sundown::http {

namespace {

/// One path with all its methods.
struct resource {
  std::vector<const route*> by_method;
  std::string allow;

  void add(const route& one) {
    by_method.push_back(&one);
    allow.clear();
    for (const auto* each : by_method) {
      if (each->method == verb::options) continue;
      allow += boost::beast::http::to_string(each->method);
      allow += each->method == verb::get ? ", HEAD, " : ", ";
    }
    allow += "OPTIONS";
  }

  const route* find(verb method) const {
    if (method == verb::head) method = verb::get;
    for (const auto* each : by_method) {
      if (each->method == method) return each;
    }
    return nullptr;
  }
};

/// Dot segments are left as they are, and lead nowhere: a handler that opens its parameter as a file must never see
/// one.
bool is_dot_segment(std::string_view segment) { return segment == "." || segment == ".."; }

bool is_name(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.find_first_of("{}", 1) == segment.size() - 1;
}

/// Why requests with this method come to no handler; nullptr if they do.
const char* fault_of_method(verb method) {
  switch (method) {
    case verb::head:
      return "HEAD is answered by the handler of GET";
    case verb::connect:
      return "CONNECT is refused, for there is no tunnel";
    case verb::unknown:
      return "its method is none that is known";
    default:
      return nullptr;
  }
}

/// Why no path has this segment; nullptr if one has.
const char* fault_of_segment(std::string_view segment) {
  if (is_name(segment)) return nullptr;
  if (segment.find_first_of("{}") != segment.npos) return "a name is a whole segment, '/{name}'";
  if (segment.find_first_of("?#") != segment.npos) return "it is a path, without a query or a fragment";
  if (is_dot_segment(segment)) return "no path with a dot segment leads anywhere";
  if (!detail::is_encoded_text(detail::target_character, segment)) return "other characters are percent-encoded, '%20'";
  return nullptr;
}

/// Why no request can lead to this pattern; nullptr if one can.
const char* fault_of_pattern(std::string_view pattern) {
  if (pattern.empty() || pattern.front() != '/') return "it must begin with '/'";
  std::vector<std::string_view> names;
  for (auto rest = pattern; !rest.empty();) {
    rest.remove_prefix(1);
    const auto segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    if (const auto* fault = fault_of_segment(segment)) return fault;
    if (!is_name(segment)) continue;
    if (std::find(names.begin(), names.end(), segment) != names.end()) return "a name stands for one segment only";
    names.push_back(segment);
  }
  return nullptr;
}

bool is_empty(const handler& call) {
  return std::visit([](const auto& function) { return !function; }, call);
}

/// Not noexcept: then the table keeps every path's hash, and a look-up need not hash its neighbours again.
struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace

/// Paths without names: one look-up in a table.
struct router::literals {
  std::unordered_map<std::string, resource, text_hash, std::equal_to<>> by_path;

  const resource* find(std::string_view path) const {
    const auto there = by_path.find(path);
    return there == by_path.end() ? nullptr : &there->second;
  }
};

/// Paths with names: a tree of segments.
struct router::node {
  std::map<std::string, std::unique_ptr<node>, std::less<>> children;
  std::unique_ptr<node> named;
  resource here;

  const resource* find(std::string_view path) const {
    if (path.empty()) return here.by_method.empty() ? nullptr : &here;
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    const auto rest = path.substr(segment.size());
    if (const auto child = children.find(segment); child != children.end()) {
      if (const auto* found = child->second->find(rest)) return found;
    }
    return named && !segment.empty() && !is_dot_segment(segment) ? named->find(rest) : nullptr;
  }
};

router::router()
    : route_group(*this, nullptr), root_(std::make_unique<node>()), literals_(std::make_unique<literals>()) {
  scope_ = &add_scope({}, nullptr);
}
router::~router() = default;

// -- groups

void added_route::add_guard(guard_function asks) {
  auto& own = table_->add_scope(route_->pattern, route_->scope);
  own.is_group = false;
  own.own_guards.push_back(std::make_unique<const guard_function>(std::move(asks)));
  route_->scope = &own;
  table_->link_scopes();
}

route_group route_group::group(std::string prefix) {
  if (!prefix.empty() && (prefix.front() != '/' || prefix.back() == '/')) {
    throw std::logic_error("group '" + prefix + "': a prefix begins with '/' and has none at its end");
  }
  return {*table_, &table_->add_scope(scope_->prefix + prefix, scope_)};
}

added_route route_group::insert(verb method, std::string pattern, handler call, handshake_check check,
                                route_options options) {
  if (!pattern.empty() && pattern.front() != '/')
    throw std::logic_error("route '" + pattern + "': it must begin with '/'");
  auto& added = table_->insert(method, scope_->prefix + pattern, std::move(call), std::move(check), options, *scope_);
  return {*table_, added};
}

void route_group::add_guard(guard_function asks) {
  scope_->own_guards.push_back(std::make_unique<const guard_function>(std::move(asks)));
  table_->link_scopes();
}

void route_group::add_hook(answer_hook sees) {
  scope_->own_hooks.push_back(std::make_unique<const answer_hook>(std::move(sees)));
  table_->link_scopes();
}

route_group route_group::allows(const cors& rules) {
  rules.check();
  if (scope_->own_cors) throw std::logic_error("group '" + scope_->prefix + "': CORS is there already");
  scope_->own_cors = std::make_unique<const answer_hook>(rules);
  table_->link_scopes();
  return *this;
}

route_group route_group::limits(route_options defaults) {
  if (!std::string_view(defaults.accepts).empty())
    throw std::logic_error("group '" + scope_->prefix + "': a media type is a route's own, since GET has no body");
  scope_->own_limits = defaults;
  table_->link_scopes();
  return *this;
}

route_group route_group::at_most(std::size_t requests) {
  if (requests == 0) throw std::logic_error("group '" + scope_->prefix + "': at_most(0) would let no request in");
  scope_->own_limit = std::make_unique<detail::request_limit>(requests);
  table_->link_scopes();
  return *this;
}

route_group route_group::needs(const pressure& source) {
  scope_->own_sources.push_back(&source);
  table_->link_scopes();
  return *this;
}

route_group route_group::always_admitted() {
  scope_->own_unqueued = true;
  table_->link_scopes();
  return *this;
}

detail::route_scope& router::add_scope(std::string prefix, const detail::route_scope* parent) {
  auto& added =
      *scopes_.emplace_back(std::make_unique<detail::route_scope>(detail::normal_path(prefix), parent, scopes_.size()));
  added.link();
  return added;
}

void router::link_scopes() {
  for (const auto& scope : scopes_) scope->link();
  for (const auto& each : routes_) each->options = detail::limits_over(each->own_options, each->scope->limits);
}

/// The innermost group that contains the path, and of equal ones the first.
const detail::route_scope* router::scope_of(std::string_view path) const {
  const auto* best = scope_;
  for (const auto& scope : scopes_) {
    const bool inner = scope->is_group && scope->prefix.size() > best->prefix.size();
    if (inner && scope->contains(path)) best = scope.get();
  }
  return best;
}

// -- the table

route& router::insert(verb method, std::string pattern, handler call, handshake_check check, route_options options,
                      const detail::route_scope& scope) {
  const auto refuse = [&](const char* why) { throw std::logic_error("route '" + pattern + "': " + why); };
  if (const auto* fault = fault_of_method(method)) refuse(fault);
  if (is_empty(call)) refuse("its handler is an empty function");
  if (std::holds_alternative<websocket_handler>(call) && method != verb::get) refuse("a WebSocket begins with GET");
  pattern = detail::normal_path(pattern);
  if (const auto* fault = fault_of_pattern(pattern)) refuse(fault);
  auto* at = root_.get();
  bool has_names = false;
  for (std::string_view rest = pattern; !rest.empty();) {
    rest.remove_prefix(1);
    const auto segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    const bool named = is_name(segment);
    has_names |= named;
    auto& next = named ? at->named : at->children[std::string(segment)];
    if (!next) next = std::make_unique<node>();
    at = next.get();
  }
  auto& target = has_names ? at->here : literals_->by_path[pattern];
  if (target.find(method)) refuse("it is there already");
  routes_.push_back(
      std::make_unique<route>(method, pattern, std::move(call), std::move(check), options, scope, routes_.size()));
  auto& added = *routes_.back();
  added.options = detail::limits_over(options, scope.limits);
  target.add(added);
  return added;
}

router::resolution router::find(verb method, std::string_view path) const {
  if (path.empty()) path = "/";  // "GET http://host" (RFC 9112 §3.2.1)
  const auto* found = literals_->find(path);
  if (!found && path.front() == '/') {
    if (path.find('%') == path.npos) {
      found = root_->find(path);
    } else {
      const auto normal = detail::normal_path(path);
      found = literals_->find(normal);
      if (!found) found = root_->find(normal);
    }
  }
  if (!found) return {nullptr, false, {}, scope_of(detail::normal_path(path))};
  const auto* match = found->find(method);
  return {match, true, found->allow, (match ? match : found->by_method.front())->scope};
}

}  // namespace sundown::http
