#pragma once

namespace sundown::log {

/// Occupies those of stdin, stdout and stderr that the process was started without, as after `>&-`: else the first
/// files and sockets that it opens get their numbers, and what is meant for stdout is written into the database.
/// Reading and writing them fails as before, so that lost output is noticed. Call it before anything is opened.
void occupy_standard_streams() noexcept;

}  // namespace sundown::log
