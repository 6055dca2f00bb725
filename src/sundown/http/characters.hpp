#pragma once

#include "base/characters.hpp"

namespace sundown::http::detail {

// What a request is made of.
using base::character_set, base::is_in, base::span_of;
using base::hex_value, base::is_blank, base::is_digit, base::is_encoded_text, base::is_token, base::is_triplet,
    base::trimmed;
using base::name_character, base::quoted_character, base::target_character, base::token_character,
    base::unreserved_character, base::value_character;

}  // namespace sundown::http::detail
