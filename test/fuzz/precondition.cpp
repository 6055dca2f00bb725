// RFC 9110 §13 by a slow model: a field is judged character by character, its list by every pair of tags.
//
// The input: four lines. The method; If-Match and If-None-Match, each with a '+' in front if it is there; the entity
// tag of what there is, with a '+' in front if there is something.
#include <sundown/http/conditional.hpp>

#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"

#include <map>
#include <optional>

namespace sundown::fuzz {

namespace {

using http::preconditions;
using http::verb;

struct tag_model {
  bool weak;
  std::string_view opaque;
};

/// §8.8.3: [ W/ ] DQUOTE *etagc DQUOTE.
std::optional<tag_model> tag_of(std::string_view text) {
  const bool weak = text.substr(0, 2) == "W/";
  const auto quoted = text.substr(weak ? 2 : 0);
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return std::nullopt;
  const auto opaque = quoted.substr(1, quoted.size() - 2);
  for (const char c : opaque) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == '"' || byte == 0x7f) return std::nullopt;
  }
  return tag_model{weak, opaque};
}

struct condition_model {
  bool given = false, any = false, malformed = false;
  std::vector<tag_model> tags = {};
};

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// §13.1.1: "*" / #entity-tag. A comma in quotes is a part of its tag.
condition_model condition_of(std::optional<std::string_view> field) {
  condition_model read;
  if (!field) return read;
  read.given = true;
  if (without_blanks(*field) == "*") {
    read.any = true;
    return read;
  }
  std::string_view rest = *field;
  for (bool more = true; more;) {
    std::size_t end = 0;
    for (bool quoted = false; end < rest.size() && (quoted || rest[end] != ','); ++end) quoted ^= rest[end] == '"';
    const auto element = without_blanks(rest.substr(0, end));
    const auto tag = tag_of(element);
    if (tag) read.tags.push_back(*tag);
    read.malformed = read.malformed || (!tag && !element.empty());
    more = end < rest.size();
    rest = rest.substr(more ? end + 1 : end);
  }
  return read;
}

/// §13.2.2. `there`: the current representation's tag; a tag that is none matches nothing.
preconditions::verdict model_verdict(verb method, const condition_model& match, const condition_model& none_match,
                                     std::optional<std::string_view> there) {
  const auto current = there ? tag_of(*there) : std::nullopt;
  if (match.given) {
    bool holds = match.any && there;
    for (const auto& each : match.tags)
      holds = holds || (current && !each.weak && !current->weak && each.opaque == current->opaque);
    if (!holds) return preconditions::verdict::failed;
  }
  bool same = none_match.any && there;
  for (const auto& each : none_match.tags) same = same || (current && each.opaque == current->opaque);
  if (!none_match.given || !same) return preconditions::verdict::proceed;
  const bool safe = method == verb::get || method == verb::head;
  return safe ? preconditions::verdict::not_modified : preconditions::verdict::failed;
}

std::optional<std::string_view> optional_line(const std::vector<std::string_view>& lines, std::size_t number) {
  if (number >= lines.size() || !lines[number].starts_with('+')) return std::nullopt;
  return lines[number].substr(1);
}

}  // namespace

void precondition(std::string_view input) {
  const auto lines = split(input, '\n');
  const auto method = boost::beast::http::string_to_verb(lines[0]);
  const auto if_match = optional_line(lines, 1), if_none_match = optional_line(lines, 2);
  auto there = optional_line(lines, 3);
  if (there && !tag_of(*there)) there = "";  // a representation without a tag; its service never has a broken one
  const bool none = method == verb::options || method == verb::trace || method == verb::connect;
  const auto match = condition_of(none ? std::nullopt : if_match);
  const auto none_match = condition_of(none ? std::nullopt : if_none_match);
  const preconditions given(method, if_match, if_none_match);
  require(given.malformed() == (match.malformed || none_match.malformed), "a list of tags is told from what is none",
          input);
  require(given.empty() == (!match.given && !none_match.given), "no condition is none", input);
  const auto answer = given.answer_instead(there);
  if (given.malformed()) {
    require(given.evaluate(there) == preconditions::verdict::failed && answer && answer->status == 400,
            "what can't be read is refused", input);
    return;
  }
  const auto expected = model_verdict(method, match, none_match, there);
  require(given.evaluate(there) == expected, "the verdict is that of the standard", input);
  const auto status = answer ? answer->status : 0U;
  const auto by_verdict = expected == preconditions::verdict::proceed        ? 0U
                          : expected == preconditions::verdict::not_modified ? 304U
                                                                             : 412U;
  require(status == by_verdict, "the answer is that of the verdict", std::to_string(status),
          std::to_string(by_verdict));
}

}  // namespace sundown::fuzz
