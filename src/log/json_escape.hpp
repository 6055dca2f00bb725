#pragma once

#include <chrono>
#include <string>
#include <string_view>

/// JSON values appended to a string, whatever bytes come in. For the log's lines and the shutdown's report.
namespace sundown::log {

/// True if `text` is printable ASCII without space, quote and backslash: then it needs no quotes and no escapes.
bool plain(std::string_view text) noexcept;

/// A JSON string, with its quotes. Control characters, C1 controls and U+2028/2029 are escaped, so the result is one
/// line on every terminal; bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// The same without quotes, and with quotes and backslashes as they are: for the message of a text line.
void append_one_line(std::string& out, std::string_view text);

/// The shortest decimal that reads back to the same double; null if it isn't finite.
void append_json_number(std::string& out, double value);

/// Seconds with three decimals; null if it isn't finite.
void append_json_seconds(std::string& out, std::chrono::duration<double> value);

}  // namespace sundown::log
