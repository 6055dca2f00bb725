#pragma once

#include <string>
#include <string_view>

namespace sundown::trace {

/// A query, or a URL with one, without the values that sign it: of the parameters AWSAccessKeyId, Signature, sig,
/// X-Goog-Signature and X-Amz-Signature (OpenTelemetry's conventions for url.query and url.full).
std::string without_signatures(std::string_view text);

}  // namespace sundown::trace
