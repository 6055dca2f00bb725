#pragma once

#include <string_view>

/// What is fed with any bytes: each target is a function that throws `broken` (kit.hpp) where a property of the code
/// does not hold for them. docs/testing.md says how they are run, and how one is added.
///
/// A target keeps nothing that a later input could see, waits for nothing but its own loop, and writes nowhere.
namespace sundown::fuzz {

void client_answer(std::string_view input);
void configuration(std::string_view input);
void forwarding(std::string_view input);
void http1(std::string_view input);
void http2(std::string_view input);
void inheritance(std::string_view input);
void json_body(std::string_view input);
void log_line(std::string_view input);
void precondition(std::string_view input);
void proxy_header(std::string_view input);
void store_url(std::string_view input);
void target(std::string_view input);
void trace_context(std::string_view input);

}  // namespace sundown::fuzz
