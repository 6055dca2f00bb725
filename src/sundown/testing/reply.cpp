#include <sundown/testing/reply.hpp>

#include <algorithm>
#include <charconv>

namespace sundown::testing {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return out;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Number>
bool to_number(std::string_view text, Number& out, int base = 10) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return fault == std::errc{} && end == text.data() + text.size() && !text.empty();
}

/// Cuts a line off the front of `input`, without its CRLF.
std::optional<std::string> take_line(std::string& input) {
  const auto end = input.find("\r\n");
  if (end == std::string::npos) return std::nullopt;
  std::string line = input.substr(0, end);
  input.erase(0, end + 2);
  return line;
}

}  // namespace

const char* to_string(ending how) {
  switch (how) {
    case ending::open:
      return "open";
    case ending::fin:
      return "FIN";
    case ending::rst:
      return "RST";
    case ending::timed_out:
      return "timed out";
  }
  return "?";
}

std::optional<std::string> reply::field(std::string_view name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return value;
  return std::nullopt;
}

bool reply::says_close() const {
  const auto value = field("connection");
  std::string_view rest = value ? std::string_view(*value) : std::string_view();
  bool keeps = !http_1_0;
  while (!rest.empty()) {
    const auto option = rest.substr(0, rest.find(','));
    const auto name = lower(trim(option));
    if (name == "close") return true;
    if (name == "keep-alive") keeps = true;
    rest.remove_prefix(std::min(rest.size(), option.size() + 1));
  }
  return !keeps;
}

std::string reply::describe() const {
  return "status " + std::to_string(status) + ", connection: " + field("connection").value_or("(no field)") +
         ", body of " + std::to_string(body.size()) + " bytes" + (torn ? ", torn" : "") + ", then " + to_string(end);
}

void reply_parser::feed(std::string& input) {
  while (step(input)) {
  }
}

void reply_parser::finish() {
  if (state_ == state::until_close) state_ = state::done;
}

reply reply_parser::take() {
  reply_.torn = !done();
  return std::move(reply_);
}

bool reply_parser::step(std::string& input) {
  switch (state_) {
    case state::head: {
      const auto end = input.find("\r\n\r\n");
      if (end == std::string::npos) {
        // What begins otherwise may never end a head.
        constexpr std::string_view begin = "HTTP/1.";
        if (!std::string_view(input).starts_with(begin.substr(0, input.size()))) state_ = state::broken;
        return false;
      }
      if (!parse_head(std::string_view(input).substr(0, end + 2))) {
        state_ = state::broken;
        return false;
      }
      input.erase(0, end + 4);
      return true;
    }
    case state::chunk_size:
    case state::chunk_end:
    case state::trailer: {
      const auto line = take_line(input);
      if (!line) return false;
      if (state_ == state::chunk_size)
        parse_chunk_size(*line);
      else if (state_ == state::chunk_end)
        state_ = line->empty() ? state::chunk_size : state::broken;
      else if (line->empty())
        state_ = state::done;
      return true;
    }
    case state::fixed:
    case state::chunk_data:
    case state::until_close:
      if (input.empty()) return false;
      take_body(input);
      return true;
    case state::done:
    case state::broken:
      return false;
  }
  return false;
}

bool reply_parser::parse_head(std::string_view head) {
  const auto first_end = head.find("\r\n");
  const auto start = head.substr(0, first_end);
  reply_.http_1_0 = start.starts_with("HTTP/1.0 ");
  if ((!reply_.http_1_0 && !start.starts_with("HTTP/1.1 ")) || start.size() < 13 || start[12] != ' ' ||
      !to_number(start.substr(9, 3), reply_.status))
    return false;
  for (auto rest = head.substr(first_end + 2); !rest.empty();) {
    const auto end = rest.find("\r\n");
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || line[colon - 1] == ' ') return false;
    reply_.fields.emplace_back(lower(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  choose_framing();
  return true;
}

void reply_parser::choose_framing() {
  const int status = reply_.status;
  const auto length = reply_.field("content-length");
  const auto coding = reply_.field("transfer-encoding");
  if (bodiless_ || status / 100 == 1 || status == 204 || status == 304)
    state_ = state::done;
  else if (coding)  // HTTP/1.0 has none (RFC 9112 §6.1)
    state_ = !length && !reply_.http_1_0 && lower(*coding) == "chunked" ? state::chunk_size : state::broken;
  else if (!length)
    state_ = state::until_close;
  else if (!to_number(*length, missing_))
    state_ = state::broken;
  else
    state_ = missing_ == 0 ? state::done : state::fixed;
}

void reply_parser::parse_chunk_size(std::string_view line) {
  if (!to_number(line.substr(0, line.find(';')), missing_, 16))
    state_ = state::broken;
  else
    state_ = missing_ == 0 ? state::trailer : state::chunk_data;
}

void reply_parser::take_body(std::string& input) {
  const auto size = state_ == state::until_close ? input.size() : std::min(missing_, input.size());
  reply_.body.append(input, 0, size);
  input.erase(0, size);
  if (state_ == state::until_close) return;
  missing_ -= size;
  if (missing_ == 0) state_ = state_ == state::fixed ? state::done : state::chunk_end;
}

}  // namespace sundown::testing
