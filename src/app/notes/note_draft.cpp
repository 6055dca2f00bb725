#include "app/notes/note_format.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sundown::app {

namespace json = boost::json;

namespace {

constexpr std::string_view not_an_object = "The body must be a JSON object with 'title' and 'body'.";

/// Keeps the two texts of a note and passes over everything else, without a tree of it: a body of a hundred thousand
/// small values keeps its worker for no longer than its bytes do. Of a member that comes twice the last one counts.
class draft_handler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;
  using fault = boost::system::error_code;

  result<storage::note_draft> draft() {
    if (!is_object_) return error{errc::invalid, advice(std::string(not_an_object))};
    for (const auto* each : {&title_, &body_}) {
      if (!each->is_text) return error{errc::invalid, advice("'" + std::string(each->name) + "' must be a string.")};
    }
    if (title_.text.empty() && body_.text.empty()) {
      return error{errc::invalid, advice("One of 'title' and 'body' must have text.")};
    }
    return storage::note_draft{std::move(title_.text), std::move(body_.text)};
  }

  bool on_document_begin(fault&) { return true; }
  bool on_document_end(fault&) { return true; }
  bool on_object_begin(fault&) {
    if (depth_ == 0) is_object_ = true;
    return enter();
  }
  bool on_object_end(std::size_t, fault&) { return leave(); }
  bool on_array_begin(fault&) { return enter(); }
  bool on_array_end(std::size_t, fault&) { return leave(); }

  bool on_key_part(std::string_view part, std::size_t, fault&) {
    if (depth_ == 1) add_to_key(part);
    return true;
  }
  bool on_key(std::string_view part, std::size_t, fault&) {
    if (depth_ != 1) return true;
    add_to_key(part);
    member_ = key_ == title_.name ? &title_ : key_ == body_.name ? &body_ : nullptr;
    key_.clear();
    if (member_) member_->text.clear();
    return true;
  }
  bool on_string_part(std::string_view part, std::size_t, fault&) {
    if (depth_ == 1 && member_) member_->text += part;
    return true;
  }
  bool on_string(std::string_view part, std::size_t, fault&) {
    if (depth_ != 1 || !member_) return true;
    member_->text += part;
    member_->is_text = true;
    return true;
  }
  bool on_number_part(std::string_view, fault&) { return true; }
  bool on_int64(std::int64_t, std::string_view, fault&) { return no_text(); }
  bool on_uint64(std::uint64_t, std::string_view, fault&) { return no_text(); }
  bool on_double(double, std::string_view, fault&) { return no_text(); }
  bool on_bool(bool, fault&) { return no_text(); }
  bool on_null(fault&) { return no_text(); }
  bool on_comment_part(std::string_view, fault&) { return true; }
  bool on_comment(std::string_view, fault&) { return true; }

 private:
  struct member {
    std::string_view name;
    std::string text = {};
    bool is_text = true;  // so is one that isn't there
  };

  bool no_text() {
    if (depth_ == 1 && member_) member_->is_text = false;
    return true;
  }
  bool enter() {
    no_text();
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }
  void add_to_key(std::string_view part) {
    constexpr std::size_t enough = 16;  // to tell it from both names
    if (key_.size() < enough) key_ += part.substr(0, enough);
  }

  member title_{"title"}, body_{"body"};
  member* member_ = nullptr;  // whose value comes
  std::string key_;
  std::size_t depth_ = 0;
  bool is_object_ = false;
};

}  // namespace

result<storage::note_draft> parse_draft(std::string_view text) {
  json::basic_parser<draft_handler> parser(json::parse_options{});
  boost::system::error_code fault;
  const auto parsed = parser.write_some(false, text.data(), text.size(), fault);
  if (!fault && parsed < text.size()) fault = json::error::extra_data;
  if (fault) return error{errc::malformed, advice("The body is not JSON: " + fault.message() + ".")};
  return parser.handler().draft();
}

}  // namespace sundown::app
