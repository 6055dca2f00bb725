#include "config/server_url.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

namespace sundown::configuration {
namespace {

constexpr std::string_view storage_schemes[] = {"mongodb", "mongodb+srv", "redis", "rediss"};

error fault(const char* what) {
  return {errc::invalid, std::string(what) + "; percent-encode the characters : / ? # [ ] @ % in user and password"};
}

error option_fault() { return fault("has an option that is not name=value with ? and = in the value percent-encoded"); }

error no_scheme() { return {errc::invalid, "begins with no scheme that is known, such as mongodb:// or redis://"}; }

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_white_or_control(char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }

bool escapes_are_whole(std::string_view text) {
  const auto is_hex = [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; };
  for (auto at = text.find('%'); at != text.npos; at = text.find('%', at + 1))
    if (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return false;
  return true;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), port);
  return bad == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool read_user(std::string_view text, server_url& into) {
  if (text.find_first_of("[]") != text.npos || !escapes_are_whole(text)) return false;
  const auto colon = text.find(':');
  into.user = text.substr(0, colon);
  if (colon == text.npos) return !text.empty();
  into.password = text.substr(colon + 1);
  // What a password has behind the first colon can be nothing else, but MongoDB's driver refuses it.
  return !into.password->empty() && (!into.scheme.starts_with("mongodb") || into.password->find(':') == text.npos);
}

bool are_hosts(std::string_view text) {
  for (std::size_t from = 0; from <= text.size();) {
    const auto to = std::min(text.find(',', from), text.size());
    if (!is_host(text.substr(from, to - from))) return false;
    from = to + 1;
  }
  return true;
}

bool is_scheme(std::string_view text) {
  const auto allowed = [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; };
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
         std::ranges::all_of(text, allowed);
}

bool read_options(std::string_view text, server_url& into) {
  const auto is_in_name = [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; };
  for (std::size_t from = 0; from < text.size();) {
    const auto to = std::min(text.find('&', from), text.size());
    const auto one = text.substr(from, to - from);
    const auto equals = one.find('=');
    const auto name = one.substr(0, equals);
    if (equals == one.npos || name.empty() || !std::ranges::all_of(name, is_in_name)) return false;
    if (!escapes_are_whole(one)) return false;
    // Another option, whose '&' is a '?' or a ';' by mistake, would be shown with this one's value.
    if (!is_secret_option(name) && one.substr(equals + 1).find_first_of("=?") != one.npos) return false;
    into.options.push_back({name, one.substr(equals + 1)});
    from = to + 1;
  }
  return true;
}

}  // namespace

bool is_host(std::string_view text) {
  const auto is_in_name = [](char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == '%'; };
  const auto is_in_address = [](char c) { return is_alphanumeric(c) || c == ':' || c == '.' || c == '%'; };
  const bool bracket = text.starts_with('[');
  const auto end = bracket ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == text.npos) return false;
  const auto name = bracket ? text.substr(1, end - 1) : text.substr(0, end);
  const auto rest = text.substr(end + (bracket ? 1 : 0));
  if (name.empty() || !(bracket ? std::ranges::all_of(name, is_in_address) : std::ranges::all_of(name, is_in_name)))
    return false;
  if (!bracket && name.find('%') != name.npos && !name.ends_with(".sock")) return false;  // the path of a socket
  return rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1)));
}

bool is_secret_option(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find("password") != lower.npos || lower.find("mechanismproperties") != lower.npos ||
         lower.find("token") != lower.npos || lower.find("secret") != lower.npos;
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

const std::vector<std::string>& mongo_option_names() {
  static const std::vector<std::string> all{
      "appName",
      "authMechanism",
      "authMechanismProperties",
      "authSource",
      "compressors",
      "connectTimeoutMS",
      "directConnection",
      "heartbeatFrequencyMS",
      "journal",
      "loadBalanced",
      "localThresholdMS",
      "maxPoolSize",
      "maxStalenessSeconds",
      "readConcernLevel",
      "readPreference",
      "readPreferenceTags",
      "replicaSet",
      "retryReads",
      "retryWrites",
      "serverSelectionTimeoutMS",
      "socketTimeoutMS",
      "srvMaxHosts",
      "srvServiceName",
      "tls",
      "tlsAllowInvalidCertificates",
      "tlsAllowInvalidHostnames",
      "tlsCAFile",
      "tlsCertificateKeyFile",
      "tlsCertificateKeyFilePassword",
      "tlsInsecure",
      "w",
      "waitQueueTimeoutMS",
      "wTimeoutMS",
      "zlibCompressionLevel",
  };
  return all;
}

bool may_be_shown(std::string_view option) {
  const auto is_it = [option](std::string_view name) { return same_name(option, name); };
  return !is_secret_option(option) && std::ranges::any_of(mongo_option_names(), is_it);
}

std::string_view white_space_fault(std::string_view text) {
  if (std::ranges::none_of(text, is_white_or_control)) return {};
  return "holds white space or a line end, which no URL may; percent-encode it in user and password";
}

result<server_url> split_url(std::string_view text) {
  if (const auto white = white_space_fault(text); !white.empty()) return error{errc::invalid, std::string(white)};
  server_url out;
  const auto scheme_end = text.find("://");
  out.scheme = text.substr(0, std::min(scheme_end, text.size()));
  if (scheme_end == text.npos || !is_scheme(out.scheme)) return no_scheme();
  const auto rest = text.substr(scheme_end + 3);
  const auto address_end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto address = rest.substr(0, address_end), tail = rest.substr(address_end);
  if (tail.find('@') != tail.npos) return fault("has an '@' behind its hosts");
  if (tail.find('#') != tail.npos) return fault("has a '#'");
  const auto at = address.find('@');
  if (at != address.npos && address.find('@', at + 1) != address.npos) return fault("has more than one '@'");
  if (at != address.npos && !read_user(address.substr(0, at), out))
    return fault("has a user or a password that can't be read");
  out.hosts = at == address.npos ? address : address.substr(at + 1);
  if (!are_hosts(out.hosts)) return fault("has a host or a port that can't be read");
  const auto question = std::min(tail.find('?'), tail.size());
  if (tail.starts_with('/')) out.path = tail.substr(1, question - 1);
  if (out.path && !escapes_are_whole(*out.path)) return fault("has a path that can't be read");
  if (question < tail.size() && !read_options(tail.substr(question + 1), out)) return option_fault();
  return out;
}

result<server_url> split_server_url(std::string_view text) {
  auto parts = split_url(text);
  if (!parts) return parts;
  if (!is_storage_scheme(parts->scheme)) return no_scheme();
  const auto is_plain = [](const server_url::option& each) { return std::ranges::all_of(each.name, is_alphanumeric); };
  if (!std::ranges::all_of(parts->options, is_plain)) return option_fault();
  if (parts->path && !is_plain_name(*parts->path)) return fault("has more than a name behind its hosts");
  return parts;
}

bool is_storage_scheme(std::string_view scheme) {
  return std::ranges::find(storage_schemes, scheme) != std::end(storage_schemes);
}

bool is_plain_name(std::string_view path) { return path.find_first_of("/:=&,;") == path.npos; }

}  // namespace sundown::configuration
