#include "config/mask_url.hpp"

#include "config/key.hpp"
#include "config/server_url.hpp"

namespace sundown::configuration {

std::string mask_url(std::string_view url) {
  if (url.empty()) return {};
  const auto parts = split_server_url(url);
  if (!parts) {
    for (const std::string_view scheme : {"mongodb://", "mongodb+srv://", "redis://", "rediss://"})
      if (url.starts_with(scheme)) return std::string(scheme) + std::string(mask);
    return std::string(mask);
  }
  std::string out = std::string(parts->scheme) + "://";
  if (parts->password)
    out += std::string(parts->user) + ':' + std::string(mask) + '@';
  else if (!parts->user.empty())
    out += std::string(mask) + '@';  // a password, perhaps, whose user was forgotten
  out += parts->hosts;
  if (parts->path) out += '/' + std::string(*parts->path);
  char before = '?';
  for (const auto& [name, text] : parts->options) {
    out += before + std::string(name) + '=';
    if (!may_be_shown(name)) return out + std::string(mask);  // an '&' in it would end it too early
    out += text;
    before = '&';
  }
  return out;
}

}  // namespace sundown::configuration
