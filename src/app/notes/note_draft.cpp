#include "app/notes/note_format.hpp"

#include <sundown/http/json.hpp>

#include <boost/describe/class.hpp>

#include <optional>
#include <string>
#include <utility>

namespace sundown::app {

namespace {

/// As it is sent.
struct draft_body {
  std::optional<std::string> title;
  std::optional<std::string> body;
};
BOOST_DESCRIBE_STRUCT(draft_body, (), (title, body))

}  // namespace

result<storage::note_draft> parse_draft(std::string_view text) {
  auto sent = http::parse_json<draft_body>(text);
  if (!sent) return sent.error();
  storage::note_draft draft(std::move(sent->title).value_or(""), std::move(sent->body).value_or(""));
  if (draft.title.empty() && draft.body.empty())
    return error{errc::invalid, advice("One of 'title' and 'body' must have text.")};
  return draft;
}

}  // namespace sundown::app
