// A connection of HTTP/1.1: what is answered depends on the bytes alone, never on how they came; each answer is well
// formed, and the connection ends once its client has.
#include "fuzz/conversation.hpp"
#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"
#include "support/told.hpp"

#include <charconv>
#include <optional>

namespace sundown::fuzz {

namespace {

bool is_token_text(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  for (const char c : text)
    if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && others.find(c) == others.npos)
      return false;
  return !text.empty();
}

bool is_value_text(std::string_view text) {
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f') return false;
  return true;
}

/// Cuts a line off; nothing if none of them ends.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  if (end == rest.npos) return std::nullopt;
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

std::optional<std::size_t> number_in(std::string_view text, int base) {
  std::size_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (fault != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

/// Past a body in chunks, which ends with an empty one and no trailers.
bool pass_chunks(std::string_view& rest) {
  for (;;) {
    const auto line = take_line(rest);
    const auto size = line ? number_in(*line, 16) : std::nullopt;
    if (!size || rest.size() < *size + 2) return false;
    rest.remove_prefix(*size);
    if (!rest.starts_with("\r\n")) return false;
    rest.remove_prefix(2);
    if (*size == 0) return true;
  }
}

struct head_model {
  unsigned status = 0;
  std::optional<std::size_t> length = {};
  bool chunked = false, closes = false, dated = false, named = false;
};

/// RFC 9112 §4, §5: as the server has to write it, so without what a reader would only put up with.
std::optional<head_model> take_head(std::string_view& rest) {
  const auto first = take_line(rest);
  if (!first || !(first->starts_with("HTTP/1.1 ") || first->starts_with("HTTP/1.0 ")) || first->size() < 13) return {};
  head_model head;
  const auto status = number_in(first->substr(9, 3), 10);
  if (!status || *status < 100 || *status > 599 || (*first)[12] != ' ' || !is_value_text(*first)) return std::nullopt;
  head.status = static_cast<unsigned>(*status);
  for (;;) {
    const auto line = take_line(rest);
    if (!line) return std::nullopt;
    if (line->empty()) return head;
    const auto colon = line->find(": ");
    if (colon == line->npos || !is_token_text(line->substr(0, colon)) || !is_value_text(line->substr(colon + 2)))
      return std::nullopt;
    const auto name = line->substr(0, colon), value = line->substr(colon + 2);
    if (name == "Content-Length") {
      if (head.length || !(head.length = number_in(value, 10))) return std::nullopt;
    }
    if (name == "Transfer-Encoding") {
      if (head.chunked || value != "chunked") return std::nullopt;
      head.chunked = true;
    }
    head.closes = head.closes || (name == "Connection" && value == "close");
    head.dated = head.dated || name == "Date";
    head.named = head.named || name == "X-Request-Id";
  }
}

/// Answers and nothing else, to the end. Of an answer to HEAD only the input could say that it has no body: where one
/// is in it, both readings may be right.
bool are_answers(std::string_view rest, bool some_to_head) {
  if (rest.empty()) return true;
  const auto head = take_head(rest);
  if (!head || (head->chunked && head->length)) return false;
  if (head->status < 200) return head->status == 100 && are_answers(rest, some_to_head);
  if (!head->dated || !head->named) return false;
  const bool without_body = head->status == 204 || head->status == 304;
  const auto is_right = [&](std::string_view behind) {
    return behind.empty() || (!head->closes && are_answers(behind, some_to_head));
  };
  if (without_body || some_to_head) {
    if (is_right(rest)) return true;
    if (without_body) return false;
  }
  auto behind = rest;
  if (head->chunked) return pass_chunks(behind) && is_right(behind);
  if (!head->length) return head->closes;  // to the end, of HTTP/1.0
  if (behind.size() < *head->length) return false;
  behind.remove_prefix(*head->length);
  return is_right(behind);
}

}  // namespace

void http1(std::string_view input) {
  if (input.starts_with("PRI * HTTP/2.0\r\n")) return;
  static auto& server = *new lone_server(add_routes);
  const auto whole = server.converse(input, {input.size()});
  require(whole.ended, "the connection ends once the client has", whole.received);
  const bool some_to_head = input.find("HEAD") != input.npos;
  require(are_answers(whole.received, some_to_head), "what comes back is answers", whole.received);
  const auto cut = server.converse(input, cuts_of(input, 4));
  require(cut.ended, "the connection ends, however its bytes came", cut.received);
  const auto expected = test::told(whole.received), found = test::told(cut.received);
  require(found == expected, "the answers are the same, however the bytes came", found, expected);
}

}  // namespace sundown::fuzz
