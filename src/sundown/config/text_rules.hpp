#pragma once

#include <sundown/key_list.hpp>

namespace sundown::configuration {

text_rule an_address();
text_rule a_token();

}  // namespace sundown::configuration
