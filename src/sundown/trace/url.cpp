#include "trace/url.hpp"

#include <algorithm>
#include <array>

namespace sundown::trace {

namespace {

constexpr std::array<std::string_view, 5> signatures{"AWSAccessKeyId", "Signature", "sig", "X-Goog-Signature",
                                                     "X-Amz-Signature"};

}  // namespace

std::string without_signatures(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("?&"), text.size() - 1) + 1;
    const auto part = text.substr(0, end);
    const auto equals = part.find('=');
    const bool secret =
        equals != part.npos && std::ranges::find(signatures, part.substr(0, equals)) != signatures.end();
    if (secret) {
      kept.append(part.substr(0, equals + 1)).append("REDACTED");
      if (part.back() == '&' || part.back() == '?') kept += part.back();
    } else {
      kept += part;
    }
    text.remove_prefix(end);
  }
  return kept;
}

}  // namespace sundown::trace
