#include "config/mask_url.hpp"

#include "config/key.hpp"
#include "config/server_url.hpp"

namespace sundown::configuration {
namespace {

/// A name of the user, or a path of any levels, with nothing special in it: else it may be something that was meant to
/// stand elsewhere, such as an option.
std::string shown_name(std::string_view name) {
  const bool odd = name.find_first_of(":=&,;") != name.npos;
  return std::string(odd ? mask : name);
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
      out += shown_name(parts->user) + ':' + std::string(mask) + '@';
    else if (!parts->user.empty())
      out += std::string(mask) + '@';  // a password, perhaps, whose user was forgotten
    out += parts->hosts;
    if (parts->path) out += '/' + shown_name(*parts->path);
    return out + shown_options(*parts);
  }
  return std::string(mask);
}

}  // namespace sundown::configuration
