#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace sundown::trace {

/// Which database is called, for the spans of its calls (OpenTelemetry's conventions for database clients).
struct database_address {
  database_address() = default;
  database_address(std::string its_system, std::string its_name_space, std::string its_server = {},
                   std::uint16_t its_port = 0)
      : system(std::move(its_system)),
        name_space(std::move(its_name_space)),
        server(std::move(its_server)),
        port(its_port) {}

  std::string system;      ///< `db.system.name`: "sqlite", "redis", "mongodb"
  std::string name_space;  ///< `db.namespace`: the database within the server, "orders"; of Redis "0"; "": not known
  std::string server;      ///< `server.address`; "": there is none, or more than one
  std::uint16_t port = 0;  ///< `server.port`; 0: none, as of a Unix socket
};

}  // namespace sundown::trace
