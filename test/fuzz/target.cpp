// A request's target: what a handler sees of it is what a slow reader of RFC 3986 and of HTML's forms sees.
//
// The input: the target, as it stands in the request line.
#include "http/target.hpp"

#include "fuzz/conversation.hpp"
#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sundown::fuzz {

namespace {

using parameters = std::vector<std::pair<std::string, std::string>>;

/// What the handler was called with last.
struct seen_target {
  std::string path, word;
  parameters query;
  std::optional<std::string> first;  ///< the first parameter, asked for by its name
};
std::optional<seen_target> last_seen;

void add_target_routes(http::router& to) {
  to.get("/{word}", [](const http::request& asked) {
    last_seen = {std::string(asked.path()), asked.param("word"), asked.query_parameters(), std::nullopt};
    if (!last_seen->query.empty()) last_seen->first = asked.query(last_seen->query.front().first);
    return http::text("seen");
  });
}

int hex_model(char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto at = digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
  return at == digits.npos ? -1 : static_cast<int>(at);
}

/// Each triplet as its byte; nothing where a '%' begins none.
std::optional<std::string> decoded_model(std::string_view text, bool form) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += form && text[at] == '+' ? ' ' : text[at];
      continue;
    }
    if (at + 2 >= text.size() || hex_model(text[at + 1]) < 0 || hex_model(text[at + 2]) < 0) return std::nullopt;
    out += static_cast<char>(hex_model(text[at + 1]) * 16 + hex_model(text[at + 2]));
    at += 2;
  }
  return out;
}

bool is_target_model(std::string_view text) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/?^`{|}[]%";
  return text.find_first_not_of(allowed) == text.npos && decoded_model(text, false);
}

parameters parameters_model(std::string_view query) {
  parameters all;
  for (const auto each : split(query, '&')) {
    if (each.empty()) continue;
    const auto equals = std::min(each.find('='), each.size());
    all.emplace_back(*decoded_model(each.substr(0, equals), true),
                     *decoded_model(each.substr(std::min(equals + 1, each.size())), true));
  }
  return all;
}

std::string shown(const parameters& all) {
  std::string text;
  for (const auto& [name, value] : all) text += name + '=' + value + '|';
  return text;
}

void require_normal(std::string_view path) {
  const auto normal = http::detail::normal_path(path);
  require(http::detail::normal_path(normal) == normal, "a normal path is normal", normal, path);
  require(decoded_model(normal, false) == decoded_model(path, false), "and means the same", normal, path);
}

}  // namespace

void target(std::string_view input) {
  const auto text = input.substr(0, std::min(input.find_first_of(std::string_view(" \t\r\n\0", 5)), input.size()));
  if (text.empty() || text.size() > 4096) return;
  const auto path = http::detail::path_and_query(http::verb::get, text);
  require(!path || text.ends_with(*path), "path and query are the end of the target", path.value_or(""), text);
  static auto& server = *new lone_server(add_target_routes);
  last_seen.reset();
  const auto request = "GET " + std::string(text) + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const auto answer = server.converse(request, {request.size()}).received;
  const bool refused = answer.starts_with("HTTP/1.1 400");
  require(!last_seen || !refused, "a handler is asked, or the target refused");
  if (!text.starts_with('/')) return;  // the absolute form
  require(refused == !is_target_model(text), "a target is taken if all its characters may stand there", text,
          answer.substr(0, 15));
  if (refused) return;
  const auto question = std::min(text.find('?'), text.size());
  require_normal(text.substr(0, question));
  if (!last_seen) return;
  require(last_seen->path == text.substr(0, question), "the path is as sent", last_seen->path, text);
  require(last_seen->word == decoded_model(last_seen->path.substr(1), false), "a word is decoded", last_seen->word,
          text);
  const auto expected = question < text.size() ? parameters_model(text.substr(question + 1)) : parameters();
  require(last_seen->query == expected, "parameters are decoded", shown(last_seen->query), shown(expected));
  require(expected.empty() || last_seen->first == expected.front().second, "and found by their names",
          last_seen->first.value_or("(none)"), shown(expected));
}

}  // namespace sundown::fuzz
