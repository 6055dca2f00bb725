#pragma once

#include <sundown/key_list.hpp>

namespace sundown::configuration {

text_rule an_address();
text_rule a_database();
text_rule a_token();
text_rule a_mongodb_uri();
text_rule a_redis_url();

}  // namespace sundown::configuration
