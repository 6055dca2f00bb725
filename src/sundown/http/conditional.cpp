#include <sundown/http/conditional.hpp>

#include <algorithm>

namespace sundown::http {

using namespace std::string_view_literals;

namespace {

constexpr auto weak_prefix = "W/"sv;
constexpr auto white_space = " \t"sv;

/// RFC 9110 §8.8.3: any visible character but the quote. A backslash stands for itself.
bool is_tag_character(char c) noexcept {
  const auto code = static_cast<unsigned char>(c);
  return code == 0x21 || (code >= 0x23 && code != 0x7f);
}

void skip(std::string_view& rest, std::string_view characters) noexcept {
  rest.remove_prefix(std::min(rest.find_first_not_of(characters), rest.size()));
}

/// Cuts an entity tag off the front; empty if there is none.
std::string_view cut_tag(std::string_view& rest) noexcept {
  std::size_t end = rest.starts_with(weak_prefix) ? weak_prefix.size() : 0;
  if (end >= rest.size() || rest[end] != '"') return {};
  do ++end;
  while (end < rest.size() && is_tag_character(rest[end]));
  if (end >= rest.size() || rest[end] != '"') return {};
  const auto tag = rest.substr(0, end + 1);
  rest.remove_prefix(tag.size());
  return tag;
}

std::string_view without_weakness(std::string_view tag) noexcept {
  if (tag.starts_with(weak_prefix)) tag.remove_prefix(weak_prefix.size());
  return tag;
}

bool matches_strongly(std::string_view one, std::string_view other) noexcept {
  return one == other && !one.starts_with(weak_prefix);
}

bool matches_weakly(std::string_view one, std::string_view other) noexcept {
  return without_weakness(one) == without_weakness(other);
}

/// The field's lines as one (RFC 9110 §5.3), nullopt if it is absent.
std::optional<std::string> joined(const request& asked, field name) {
  if (!asked.has_field(name)) return std::nullopt;
  std::string all;
  for (const auto line : asked.lines(name)) all.append(all.empty() ? ""sv : ", "sv).append(line);
  return all;
}

/// Those that select or change no representation (RFC 9110 §13.2.1).
bool has_no_preconditions(verb method) noexcept {
  return method == verb::options || method == verb::trace || method == verb::connect;
}

}  // namespace

preconditions::preconditions(const request& asked) {
  const auto if_match = joined(asked, field::if_match);
  const auto if_none_match = joined(asked, field::if_none_match);
  read(asked.method(), if_match, if_none_match);
}

preconditions::preconditions(verb method, std::optional<std::string_view> if_match,
                             std::optional<std::string_view> if_none_match) {
  read(method, if_match, if_none_match);
}

void preconditions::read(verb method, std::optional<std::string_view> if_match,
                         std::optional<std::string_view> if_none_match) {
  safe_ = method == verb::get || method == verb::head;
  if (has_no_preconditions(method)) return;
  if (if_match) if_match_.read(*if_match);
  if (if_none_match) if_none_match_.read(*if_none_match);
}

void preconditions::tag_list::read(std::string_view text) {
  given = true;
  const auto last = text.find_last_not_of(white_space);
  text = text.substr(0, last == text.npos ? 0 : last + 1);
  skip(text, white_space);
  if (text == "*"sv) {
    any = true;
    return;
  }
  // Empty elements count for nothing (§5.6.1.2).
  for (skip(text, " \t,"sv); !text.empty(); skip(text, " \t,"sv)) {
    const auto tag = cut_tag(text);
    skip(text, white_space);
    malformed |= tag.empty() || (!text.empty() && text.front() != ',');
    if (malformed) return;
    tags.emplace_back(tag);
  }
}

preconditions::verdict preconditions::evaluate(std::optional<std::string_view> current) const {
  if (malformed()) return verdict::failed;
  const auto meets = [&](const tag_list& list, auto matches) {
    if (!current) return false;
    return list.any || std::ranges::any_of(list.tags, [&](std::string_view tag) { return matches(tag, *current); });
  };
  if (if_match_.given && !meets(if_match_, matches_strongly)) return verdict::failed;
  if (if_none_match_.given && meets(if_none_match_, matches_weakly)) {
    return safe_ ? verdict::not_modified : verdict::failed;
  }
  return verdict::proceed;
}

std::optional<response> preconditions::answer_instead(std::optional<std::string_view> current) const {
  if (malformed()) return refusal();
  switch (evaluate(current)) {
    case verdict::proceed:
      return std::nullopt;
    case verdict::not_modified: {
      response unchanged{304, {}};
      if (current && !current->empty()) unchanged.with("ETag", std::string(*current));
      return unchanged;
    }
    case verdict::failed:
      break;
  }
  return failure();
}

response preconditions::refusal() {
  return problem(400, "If-Match and If-None-Match must be \"*\" or a list of entity tags, each in double quotes.");
}

response preconditions::failure() {
  return problem(412, "What is here now does not meet If-Match or If-None-Match: get it again and use its new ETag.");
}

}  // namespace sundown::http
