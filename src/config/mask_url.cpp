#include "config/mask_url.hpp"

#include "config/key.hpp"

#include <algorithm>
#include <cctype>

namespace sundown::configuration {
namespace {

bool is_secret(std::string_view option) {
  std::string name(option.substr(0, option.find('=')));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.find("password") != std::string::npos || name.find("mechanismproperties") != std::string::npos;
}

std::string mask_options(std::string_view options) {
  std::string out;
  for (std::size_t from = 0; from <= options.size();) {
    const auto to = std::min(options.find('&', from), options.size());
    const auto option = options.substr(from, to - from);
    if (from != 0) out += '&';
    out += is_secret(option) ? std::string(option.substr(0, option.find('='))) + '=' + std::string(mask)
                             : std::string(option);
    from = to + 1;
  }
  return out;
}

}  // namespace

std::string mask_url(std::string_view url) {
  if (url.empty()) return {};
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(mask);
  std::string out(url.substr(0, scheme + 3));
  auto rest = url.substr(scheme + 3);
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    const auto colon = rest.substr(0, at).find(':');
    out += rest.substr(0, std::min(colon, at));
    if (colon < at) out += ':' + std::string(mask);
    out += '@';
    rest = rest.substr(at + 1);
  }
  const auto options = rest.find('?');
  out += rest.substr(0, options);
  if (options != std::string_view::npos) out += '?' + mask_options(rest.substr(options + 1));
  return out;
}

}  // namespace sundown::configuration
