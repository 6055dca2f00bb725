#include "log/line.hpp"

#include "log/json_escape.hpp"

#include <charconv>

namespace sundown::log {
namespace {

/// Text values stand bare where that can't be misread, else as JSON strings.
void append_text_value(std::string& out, std::string_view value) {
  if (!value.empty() && plain(value) && value.find('=') == std::string_view::npos)
    out += value;
  else
    append_json_string(out, value);
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

struct value_printer {
  std::string& out;
  format how;

  void operator()(std::string_view v) const {
    if (how == format::json)
      append_json_string(out, v);
    else
      append_text_value(out, v);
  }
  void operator()(std::int64_t v) const { append_integer(out, v); }
  void operator()(std::uint64_t v) const { append_integer(out, v); }
  void operator()(double v) const { append_json_number(out, v); }
  void operator()(bool v) const { out += v ? "true" : "false"; }
  void operator()(field::seconds v) const { append_json_seconds(out, v); }
};

void append_text(std::string& out, level at, std::string_view message, fields more) {
  out += ' ';
  out += to_string(at);
  out.append(6 - to_string(at).size(), ' ');
  append_one_line(out, message);
  bool first = true;
  for (const auto& [key, value] : more) {
    out += first ? "  " : " ";
    first = false;
    append_text_value(out, key);
    out += '=';
    std::visit(value_printer{out, format::text}, value);
  }
}

void append_json(std::string& out, level at, std::string_view message, fields more) {
  out += "\",\"level\":\"";
  out += to_string(at);
  out += "\",\"message\":";
  append_json_string(out, message);
  for (const auto& [key, value] : more) {
    out += ',';
    append_json_string(out, key);
    out += ':';
    std::visit(value_printer{out, format::json}, value);
  }
  out += '}';
}

}  // namespace

std::string line(format how, std::chrono::system_clock::time_point when, level at, std::string_view message,
                 fields more) {
  std::string out;
  out.reserve(256);
  if (how == format::json) out += "{\"time\":\"";
  out += time_text{}.at(when);
  if (how == format::json)
    append_json(out, at, message, more);
  else
    append_text(out, at, message, more);
  out += '\n';
  return out;
}

}  // namespace sundown::log
