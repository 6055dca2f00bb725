#pragma once

#include <boost/json/value.hpp>

#include <string_view>

namespace sundown::test {

/// Reads the part of YAML that our own files use: block and flow mappings and sequences, plain and quoted scalars on
/// one line, literal and folded blocks (kept as they are), comments. Throws std::runtime_error, with the line, on all
/// else.
boost::json::value read_yaml(std::string_view text);

}  // namespace sundown::test
