#pragma once

#include <sundown/redis.hpp>

#include <boost/redis/adapter/any_adapter.hpp>
#include <boost/redis/request.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace sundown::redis {

/// Bytes of the answers to one exchange, with 32 for each of their values: a server that sends more is left.
inline constexpr std::size_t answer_limit = 1 << 20;

/// What an answer is collected in: all values, and the first error that the server answered.
struct pipeline_reply {
  redis::values values;
  std::string error;
  std::size_t refused = 0;  ///< which command the error answers
  std::size_t room = answer_limit;
};

/// Commands that are sent together. `done` is called once, when all of them are answered or nobody will answer them.
struct pipeline {
  explicit pipeline(const std::vector<command>& commands);

  bool refused() const {
    return !reply.error.empty() && (expected.empty() || reply.error.find(expected) == std::string::npos);
  }
  /// The command that the server refused.
  const std::string& refused_name() const;
  /// Collects the answers in `reply`.
  boost::redis::any_adapter adapter();

  boost::redis::request request;
  std::vector<std::string> names;  ///< of the commands
  std::string expected;            ///< a part of an error that is none
  pipeline_reply reply;
  bool lost = false;  ///< the connection ended first
  std::function<void(result<values>)> done;
};

}  // namespace sundown::redis
