#include "config/mask_url.hpp"

#include "config/key.hpp"
#include "config/server_url.hpp"

namespace sundown::configuration {
namespace {

/// A path that is no plain name is shown if it is one of levels with nothing special in them.
std::string shown_path(std::string_view path) {
  const bool odd = path.find_first_of(":=&,;") != path.npos;
  return '/' + std::string(odd ? mask : path);
}

std::string shown_options(const server_url& url) {
  std::string out;
  for (const auto& [name, text] : url.options) {
    out += out.empty() ? '?' : '&';
    if (!is_storage_scheme(url.scheme)) return out + std::string(mask);
    out += std::string(name) + '=';
    if (!may_be_shown(name)) return out + std::string(mask);  // an '&' in it would end it too early
    out += text;
  }
  return out;
}

}  // namespace

std::string mask_url(std::string_view url) { return mask_url(url, {"mongodb", "mongodb+srv", "redis", "rediss"}); }

std::string mask_url(std::string_view url, const std::vector<std::string>& schemes) {
  if (url.empty()) return {};
  for (const auto& scheme : schemes) {
    const auto begin = scheme + "://";
    if (!url.starts_with(begin)) continue;
    const auto parts = is_storage_scheme(scheme) ? split_server_url(url) : split_url(url);
    if (!parts) return begin + std::string(mask);
    auto out = begin;
    if (parts->password)
      out += std::string(parts->user) + ':' + std::string(mask) + '@';
    else if (!parts->user.empty())
      out += std::string(mask) + '@';  // a password, perhaps, whose user was forgotten
    out += parts->hosts;
    if (parts->path) out += shown_path(*parts->path);
    return out + shown_options(*parts);
  }
  return std::string(mask);
}

}  // namespace sundown::configuration
