#pragma once

#include "storage/sqlite/database.hpp"

#include <chrono>
#include <filesystem>

namespace sundown::storage {

/// Opens the database for writing, creates it or brings its schema up to date. Throws startup_error that says which
/// file and what to do: directory missing, no permission, read-only, no database, damaged, of another application, of
/// a newer version, locked. Prompt: a lock is waited for at most half a second, and only small files are checked whole.
sqlite_database open_writer(const std::filesystem::path& file);

/// A further connection that can't write, to a database that open_writer() has prepared.
sqlite_database open_reader(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout);

}  // namespace sundown::storage
