#include "support/yaml.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <stdexcept>
#include <string>
#include <vector>

namespace sundown::test {

namespace {

namespace json = boost::json;

struct line {
  std::size_t number, indent;
  std::string text;
};

[[noreturn]] void fail(const line& where, const char* what) {
  throw std::runtime_error("line " + std::to_string(where.number) + ": " + what + ": " + where.text);
}

/// Where a text ends that may be quoted: at the first of `ends` outside quotes.
std::size_t end_of(std::string_view text, std::string_view ends) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if ((text[i] == '\'' || text[i] == '"') &&
               (i == 0 || text[i - 1] == ' ' || text[i - 1] == '{' || text[i - 1] == '[' || text[i - 1] == ',')) {
      quote = text[i];
    } else if (ends.find(text[i]) != ends.npos) {
      return i;
    }
  }
  return text.size();
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<line> lines_of(std::string_view text) {
  std::vector<line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    const auto indent = std::min(whole.find_first_not_of(' '), whole.size());
    auto content = whole.substr(indent);
    if (content.starts_with('#')) continue;
    for (auto at = content.find(" #"); at != content.npos; at = content.find(" #", at + 1)) {
      if (end_of(content.substr(0, at + 2), "#") == at + 1) content = content.substr(0, at);
    }
    content = trimmed(content);
    if (!content.empty()) lines.push_back({number, indent, std::string(content)});
  }
  return lines;
}

class reader {
 public:
  explicit reader(std::string_view text) : lines_(lines_of(text)) {}

  json::value read() {
    auto all = block(0);
    if (at_ != lines_.size()) fail(lines_[at_], "is indented strangely");
    return all;
  }

 private:
  bool more(std::size_t indent) const { return at_ < lines_.size() && lines_[at_].indent == indent; }

  json::value block(std::size_t indent) {
    return lines_.at(at_).text.starts_with("- ") ? sequence(indent) : mapping(indent);
  }

  json::value sequence(std::size_t indent) {
    json::array items;
    while (more(indent) && lines_[at_].text.starts_with("- ")) {
      auto& item = lines_[at_];
      item.text.erase(0, 2);
      item.indent += 2;
      const bool is_mapping = item.text.front() != '{' && end_of(item.text, ":") + 1 < item.text.size();
      items.push_back(is_mapping ? block(indent + 2) : flow(lines_[at_++]));
    }
    return items;
  }

  json::value mapping(std::size_t indent) {
    json::object members;
    while (more(indent)) {
      const auto here = lines_[at_];
      const auto colon = end_of(here.text, ":");
      if (colon == here.text.size()) fail(here, "is no member");
      const auto key = scalar(trimmed(std::string_view(here.text).substr(0, colon)));
      const auto rest = trimmed(std::string_view(here.text).substr(colon + 1));
      ++at_;
      const bool nested = at_ < lines_.size() && lines_[at_].indent > indent;
      json::value value;
      if (rest == "|" || rest == ">-") {
        value = text_block(indent);
      } else if (!rest.empty()) {
        value = flow({here.number, here.indent, std::string(rest)});
      } else if (nested) {
        value = block(lines_[at_].indent);
      }
      const auto name = key.is_string() ? std::string(key.get_string()) : json::serialize(key);
      if (!members.emplace(name, std::move(value)).second) fail(here, "is there twice");
    }
    return members;
  }

  json::value text_block(std::size_t indent) {
    std::string all;
    for (; at_ < lines_.size() && lines_[at_].indent > indent; ++at_) all += lines_[at_].text + '\n';
    return json::value(all);
  }

  json::value flow(const line& where) {
    std::string_view rest = where.text;
    auto value = flow_value(where, rest, "");
    if (!trimmed(rest).empty()) fail(where, "goes on");
    return value;
  }

  json::value flow_value(const line& where, std::string_view& rest, std::string_view ends) {
    rest = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.starts_with('{') || rest.starts_with('[')) return flow_collection(where, rest);
    const auto size = end_of(rest, ends);
    const auto text = trimmed(rest.substr(0, size));
    rest.remove_prefix(size);
    return scalar(text);
  }

  json::value flow_collection(const line& where, std::string_view& rest) {
    const bool is_object = rest.front() == '{';
    const char last = is_object ? '}' : ']';
    json::object members;
    json::array items;
    for (rest.remove_prefix(1); !rest.starts_with(last);) {
      if (is_object) {
        const auto colon = end_of(rest, ":");
        if (colon == rest.size()) fail(where, "has a member without a value");
        const auto key = scalar(trimmed(rest.substr(0, colon)));
        rest.remove_prefix(colon + 1);
        members.emplace(key.as_string(), flow_value(where, rest, ",}"));
      } else {
        items.push_back(flow_value(where, rest, ",]"));
      }
      rest = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
      if (rest.starts_with(',')) {
        rest.remove_prefix(1);
        rest = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
      } else if (!rest.starts_with(last)) {
        fail(where, "has no end");
      }
    }
    rest.remove_prefix(1);
    return is_object ? json::value(std::move(members)) : json::value(std::move(items));
  }

  static json::value scalar(std::string_view text) {
    if (text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front()) {
      return json::value(text.substr(1, text.size() - 2));
    }
    if (text == "null" || text == "~" || text.empty()) return nullptr;
    if (text == "true" || text == "false") return text == "true";
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec == std::errc{} && end == text.data() + text.size()) return number;
    return json::value(text);
  }

  std::vector<line> lines_;
  std::size_t at_ = 0;
};

}  // namespace

json::value read_yaml(std::string_view text) { return reader(text).read(); }

}  // namespace sundown::test
