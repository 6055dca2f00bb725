// URLs of storage servers: taken apart without loss, and never shown with their secrets.
//
// The input: a digit, then a text with a '\n' in it: in its place comes what holds the secret, by the digit.
#include "config/mask_url.hpp"
#include "config/server_url.hpp"

#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"

#include <array>

namespace sundown::fuzz {

namespace {

using namespace configuration;

constexpr std::string_view secret_of_url = "hunter2";
/// What stands around the secret.
constexpr std::array<std::string_view, 8> carriers{":hunter2@",
                                                   "://hunter2@",
                                                   "?password=hunter2",
                                                   "&tlsCertificateKeyFilePassword=hunter2",
                                                   "&authMechanismProperties=AWS_SESSION_TOKEN:hunter2",
                                                   "?pwd=hunter2&",
                                                   "://:hunter2@",
                                                   "&tlsPasword=hunter2"};

bool is_one_line(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') return false;
  return !text.empty();
}

std::string put_together(const server_url& parts) {
  auto text = std::string(parts.scheme) + "://" + std::string(parts.user);
  if (parts.password) text.append(":").append(*parts.password);
  if (!parts.user.empty() || parts.password) text += '@';
  text += parts.hosts;
  if (parts.path) text.append("/").append(*parts.path);
  char separator = '?';
  for (const auto& [name, value] : parts.options) {
    text += separator;
    text.append(name).append("=").append(value);
    separator = '&';
  }
  return text;
}

void require_whole(const std::string& url) {
  const auto parts = split_url(url);
  if (!parts) {
    require(is_one_line(parts.error().detail), "a fault is a sentence", parts.error().detail);
    require(parts.error().detail.find(secret_of_url) == std::string::npos, "a fault tells no secret");
    return;
  }
  const auto again = put_together(*parts);
  const bool ends_openly = url == again + '&' || url == again + '?';  // options that are none
  require(url == again || ends_openly, "the parts are all of the URL", again, url);
  require(!is_storage_scheme(parts->scheme) || is_host(parts->hosts) || parts->hosts.find(',') != std::string::npos,
          "hosts are hosts", parts->hosts);
}

}  // namespace

void store_url(std::string_view input) {
  if (input.empty()) return;
  const auto gap = std::min(input.find('\n'), input.size());
  const auto begin = input.substr(1, gap == 0 ? 0 : gap - 1), end = input.substr(std::min(gap + 1, input.size()));
  require_whole(std::string(input));
  for (const auto part : {begin, end})
    if (part.find(secret_of_url) != part.npos) return;  // it isn't the secret alone then
  const auto url =
      std::string(begin) + std::string(carriers[static_cast<unsigned char>(input[0]) % carriers.size()]).append(end);
  require_whole(url);
  require(mask_url(url).find(secret_of_url) == std::string::npos, "a secret is masked", mask_url(url), url);
  const std::vector<std::string> others{"https", "http", "amqp"};
  const auto shown = mask_url(url, others);
  require(shown.find(secret_of_url) == std::string::npos, "and so it is in others' URLs", shown, url);
  const auto white = white_space_fault(url);
  require(white.empty() || !split_url(url), "white space is refused", url);
}

}  // namespace sundown::fuzz
