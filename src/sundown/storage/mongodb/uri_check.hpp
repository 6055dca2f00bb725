#pragma once

#include <string>

namespace sundown::storage {

/// What is wrong with a MongoDB URI, as the end of a sentence that starts with its key; "" if a start would take it.
///
/// The driver itself reads it, and what it only warns about (an option that it doesn't know, a compressor that it
/// doesn't have) counts as wrong. Nothing is connected to and no name is looked up: whether a mongodb+srv host has
/// records, and whether a TLS file holds what it must, shows at the start. The text never holds a secret, however the
/// URI is malformed: what the driver says is told only as it says it of the same URI with stand-ins for its secrets.
std::string mongo_uri_fault(const std::string& uri);

}  // namespace sundown::storage
