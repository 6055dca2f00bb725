#pragma once

#include <chrono>
#include <string>
#include <string_view>

/// Texts and numbers appended to a string, whatever bytes come in. For the log's lines, the shutdown's report and what
/// is told of a configuration.
namespace sundown::log {

/// True if `text` is printable ASCII without space, quote and backslash: then it needs no quotes and no escapes.
bool plain(std::string_view text) noexcept;

/// A JSON string, with its quotes. What a terminal acts on or doesn't show is escaped, so that the result is one line,
/// and that line reads as what it is: control characters, bidirectional controls, zero-width and other format
/// characters, variation selectors, tags, line separators, non-characters. Bytes that are no UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// The same as a TOML basic string: JSON writes what is beyond U+FFFF as two escapes, TOML as one.
void append_toml_string(std::string& out, std::string_view text);

/// The same without quotes, and with quotes and backslashes as they are: for the message of a text line, and for what
/// goes to a terminal without the log.
void append_one_line(std::string& out, std::string_view text);
std::string one_line(std::string_view text);

/// The shortest decimal that reads back to the same double; null if it isn't finite.
void append_json_number(std::string& out, double value);

/// Seconds with three decimals; null if it isn't finite.
void append_json_seconds(std::string& out, std::chrono::duration<double> value);

}  // namespace sundown::log
