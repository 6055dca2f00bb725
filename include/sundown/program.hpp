#pragma once

#include <string>
#include <utility>

namespace sundown {

/// What a service is called: one name, wherever it shows itself. It is the name in `--help` and in messages, the
/// `Server` field of answers, the prefix of environment variables (ORDERS_HTTP__PORT) and of metrics
/// (orders_requests_total), the client name that MongoDB and Redis see, and the prefix of keys in Redis.
struct program {
  program(std::string its_name, std::string its_version, std::string its_description = "An HTTP service.")
      : name(std::move(its_name)), version(std::move(its_version)), description(std::move(its_description)) {}

  std::string name;         ///< begins with a letter; letters, digits, '-', '_'
  std::string version;      ///< for `--version` and the log's first line
  std::string description;  ///< one sentence, for `--help`
};

}  // namespace sundown
