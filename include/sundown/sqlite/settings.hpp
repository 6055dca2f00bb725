#pragma once

#include <sundown/keys.hpp>
#include <sundown/time.hpp>

#include <string>

/// The component sundown::sqlite: what a service configures of a SQLite file.
namespace sundown::sqlite {

struct settings {
  settings() = default;

  std::string path = "data.db";
  milliseconds timeout{2'000};  ///< waiting for a lock that another process holds; then 503
};

/// The name of a file: none of SQLite's names that are no files, which would lose the data or put them where nobody
/// looks. "" is refused too: SQLite takes it for a file that it deletes at the end.
text_rule a_file();

/// The keys `path` and `timeout`, below the section. `about` says what is kept in the file.
sundown::keys<settings> keys(std::string section = "sqlite", std::string about = "The database file",
                             text_rule path = a_file());

}  // namespace sundown::sqlite
