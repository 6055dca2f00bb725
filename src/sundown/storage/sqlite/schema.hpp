#pragma once

#include <sundown/sqlite/connection.hpp>
#include <sundown/sqlite/options.hpp>

namespace sundown::sqlite {

/// Opens the database for writing, creates it or brings its schema up to date. Throws startup_error that says which
/// file and what to do: directory missing, no permission, read-only, no database, damaged, of another application, of
/// a newer version, locked. Prompt: a lock is waited for at most half a second, and only small files are checked whole.
connection open_writer(const options& given, const schema& tables);

/// A further connection that can't write, to a database that open_writer() has prepared.
connection open_reader(const options& given);

}  // namespace sundown::sqlite
