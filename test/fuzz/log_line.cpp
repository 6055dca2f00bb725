// Lines of the log: whatever is logged, it is one line, nothing in it acts on a terminal, and JSON has the texts again.
//
// The input: message, key, value, key, value..., each behind a '|'.
#include "log/line.hpp"

#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"
#include "fuzz/utf8.hpp"

#include <boost/json/parse.hpp>

#include <array>

namespace sundown::fuzz {

namespace {

/// What a terminal acts on, or what reorders or hides text in it.
constexpr std::array<std::string_view, 22> acting{
    "\xe2\x80\x8b", "\xe2\x80\x8c", "\xe2\x80\x8d", "\xe2\x80\x8e",    "\xe2\x80\x8f", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac",    "\xe2\x80\xad", "\xe2\x80\xae",
    "\xe2\x81\xa0", "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8",    "\xe2\x81\xa9", "\xef\xbb\xbf",
    "\xef\xb8\x8f", "\xd8\x9c",     "\xc2\xad",     "\xf3\xa0\x81\x81"};

void require_harmless(const std::string& line) {
  require(line.find('\n') == line.size() - 1, "an event is one line", line);
  require(repaired(line) == line, "a line is UTF-8", line);
  for (std::size_t at = 0; at + 1 < line.size(); ++at) {
    const auto byte = static_cast<unsigned char>(line[at]);
    const bool control = byte < ' ' || byte == 0x7f;
    const bool high_control = byte == 0xc2 && static_cast<unsigned char>(line[at + 1]) < 0xa0;
    require(!control && !high_control, "no control character is in it", line);
  }
  for (const auto each : acting) require(line.find(each) == line.npos, "nothing unseen is in it", line);
}

/// For lists, which have a length that the source says.
log::field field_of(const std::vector<std::string_view>& parts, std::size_t at) {
  return {at < parts.size() ? parts[at] : "", at + 1 < parts.size() ? parts[at + 1] : ""};
}

}  // namespace

void log_line(std::string_view input) {
  const auto parts = split(input, '|');
  const auto message = parts[0];
  const std::chrono::system_clock::time_point when{};
  const std::array each{field_of(parts, 1), field_of(parts, 3), field_of(parts, 5)};
  require_harmless(log::line(log::format::text, when, log::level::info, message, {each[0], each[1], each[2]}));
  require_harmless(log::one_line(input) + '\n');
  const auto line = log::line(log::format::json, when, log::level::info, message, {each[0], each[1], each[2]});
  require_harmless(line);
  boost::system::error_code fault;
  const auto read = boost::json::parse(line, fault);
  require(!fault && read.is_object(), "a line is JSON", line);
  // Of a key that comes twice the last one counts, as in JSON; those that every line has come first.
  for (std::size_t i = each.size(); i-- > 0;) {
    bool again = false;
    for (auto later = i + 1; later < each.size(); ++later)
      again = again || repaired(each[later].key) == repaired(each[i].key);
    if (again) continue;
    const auto* const value = read.get_object().if_contains(repaired(each[i].key));
    require(value && value->is_string(), "every field is there", line, each[i].key);
    const auto given = repaired(std::get<std::string_view>(each[i].value));
    require(value->get_string() == given, "with its text", std::string_view(value->get_string()), given);
  }
  if (each[0].key != "message" && each[1].key != "message" && each[2].key != "message")
    require(read.at("message").get_string() == repaired(message), "the message is there", line);
}

}  // namespace sundown::fuzz
