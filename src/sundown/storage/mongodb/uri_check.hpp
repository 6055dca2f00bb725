#pragma once

#include <string>

namespace sundown::mongodb {

/// What is wrong with a MongoDB URI, as the end of a sentence that starts with its key; "" if a start would take it.
///
/// The driver itself reads it, builds its pool from it and reads its TLS files, and what the driver only warns about
/// (an option that it doesn't know, a compressor that it doesn't have) counts as wrong. Nothing is connected to and no
/// name is looked up: whether a mongodb+srv host has records shows at the start. The text never holds a secret, however
/// the URI is malformed: what the driver says is told only as it says it of the same URI with stand-ins for its
/// secrets.
std::string check_uri(const std::string& uri);

}  // namespace sundown::mongodb
