#pragma once

#include <string>
#include <string_view>

namespace sundown::otlp {

/// The text as one member of gzip (RFC 1952), by the deflate that Beast has. Fast rather than small.
std::string gzip(std::string_view text);

}  // namespace sundown::otlp
