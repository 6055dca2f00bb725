#pragma once

namespace sundown::storage {

/// Calls of SQLite while its index (-shm), which is mapped into memory, may be cut short by somebody: a touch of what
/// is gone raises SIGBUS, whose default is the end of the process.
///
/// Installs a handler for the whole process; one that was there before gets what is not ours. Once is enough.
void heed_bus_errors();

/// Runs call(with), which must be C code with nothing to destroy in between; false if it was left half-way by a bus
/// error. Then its connection is in no known state, and must not be touched again, not even to be closed.
/// Thread safety: any thread; one that runs with SIGBUS blocked is killed as before.
bool survives_bus_error(void (*call)(void*), void* with) noexcept;

}  // namespace sundown::storage
