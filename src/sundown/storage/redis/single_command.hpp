#pragma once

#include <sundown/redis.hpp>

#include <utility>
#include <vector>

namespace sundown::redis {

/// A pipeline that is one command. Moved: an initializer list would copy it.
inline std::vector<command> pipeline_with(command single) {
  std::vector<command> commands;
  commands.push_back(std::move(single));
  return commands;
}

}  // namespace sundown::redis
