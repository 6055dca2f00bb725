#pragma once

#include <sundown/testing/child_process.hpp>

#include <string>
#include <utility>

#include <unistd.h>

namespace sundown::testing::drain_kit {

/// The shell that runs this line, in the kit's own environment and folder.
inline command shell_command(const std::string& line) {
  command what;
  what.program = "/bin/sh";
  what.arguments = {"-c", line};
  for (char** one = environ; *one != nullptr; ++one) what.environment.emplace_back(*one);
  return what;
}

/// In quotes, as one word of a line.
inline std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

/// Runs it to its end; its exit code, -1 if it takes too long, and what it wrote without the last line's end.
inline std::pair<int, std::string> run_shell(const std::string& line, milliseconds limit = ample) {
  child_process child(shell_command(line));
  const auto end = child.wait_exit(limit);
  if (!end) return {-1, "took too long: " + line};
  child.out().wait_end();
  child.err().wait_end();
  auto text = child.out().text() + child.err().text();
  while (text.ends_with('\n')) text.pop_back();
  return {end->code, text};
}

}  // namespace sundown::testing::drain_kit
