#pragma once

#include <sundown/mongodb.hpp>

#include "storage/mongodb/driver.hpp"

#include <chrono>
#include <string>

namespace sundown::mongodb {

/// The configured URI with our defaults for what it leaves open.
struct deployment_uri {
  handle<mongoc_uri_t, mongoc_uri_destroy> native;
  std::string shown;                       ///< without secrets
  std::string database;                    ///< from its path, else the program's name
  bool tls = false;                        ///< it is asked for
  trace::database_address traced_as;       ///< with a server, if the URI names one alone
  std::chrono::milliseconds connecting{};  ///< the driver's wait for a connection, and for the answer to a heartbeat
  std::chrono::milliseconds heartbeat{};   ///< between two heartbeats
  std::chrono::milliseconds attempt{};     ///< the driver's wait for one answer
  std::chrono::milliseconds selection{};   ///< the driver's wait for a server to ask
};

/// Each of the driver's waits defaults to half of the timeout: an attempt that fails and the driver's one retry, or the
/// search for a server and the attempt, then fit into it. Writes default to being confirmed by a majority.
/// Throws startup_error, which says what to do.
deployment_uri read_uri(const options& configured);

}  // namespace sundown::mongodb
