#pragma once

#include "drain_kit/legible.hpp"

#include <string>
#include <string_view>

namespace sundown::testing::drain_kit {

/// For an element's text or an attribute in double quotes, in XML and HTML.
inline std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : legible(text)) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace sundown::testing::drain_kit
