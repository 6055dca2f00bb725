#pragma once

#include "config/key.hpp"

namespace sundown::configuration {

extern const text_rule an_address, a_database, a_token, a_mongodb_uri, a_redis_url;

}  // namespace sundown::configuration
