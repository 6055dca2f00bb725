#pragma once

namespace sundown::app {

/// Opens /dev/null for each of stdin, stdout and stderr that is closed (`2>&-`, some supervisors), before anything else
/// is opened: the next file or socket would take its number, and a line of the log would go to a client or into the
/// database. Close-on-exec is left out: programs that this one starts need them too.
void open_standard_descriptors() noexcept;

}  // namespace sundown::app
