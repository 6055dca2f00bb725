#pragma once

#include <string>

namespace sundown::testing::drain_kit {

/// What became of a stop, from good to bad.
enum class verdict {
  ok,     ///< every request was answered
  told,   ///< some were cut or refused, and their clients told so: safe to repeat
  fault,  ///< nothing was lost, but a rule was broken by which something can be
  late,   ///< still running when its grace was over: who waits for it kills it then
  lost    ///< a request got no answer, and its client can't know what was done
};

constexpr const char* to_string(verdict which) {
  constexpr const char* words[] = {"ok", "told", "fault", "LATE", "LOST"};
  return words[static_cast<int>(which)];
}

/// One thing that was found.
struct finding {
  verdict weight;
  std::string text;
};

}  // namespace sundown::testing::drain_kit
