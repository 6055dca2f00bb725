#pragma once

#include <sundown/sqlite/connection.hpp>
#include <sundown/sqlite/detail/core.hpp>

#include <memory>
#include <utility>

namespace sundown::sqlite::detail {

/// A connection, and a service's statements on it.
struct prepared_connection {
  prepared_connection(connection on, const statement_type& type)
      : database(std::move(on)), statements(type.prepare(database)) {}
  prepared_connection(const prepared_connection&) = delete;
  prepared_connection& operator=(const prepared_connection&) = delete;

  connection database;
  std::shared_ptr<void> statements;  // end before the connection does
};

}  // namespace sundown::sqlite::detail
