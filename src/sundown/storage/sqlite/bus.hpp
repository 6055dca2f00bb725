#pragma once

namespace sundown::sqlite {

/// Installs the handler for bus errors in the index (-shm), which SQLite maps into memory: where another process cuts
/// the file, a touch of the lost part raises SIGBUS, whose default is the end of the process.
///
/// The handler is the whole process's; one that was there before gets the signals of other places. Once is enough.
void heed_bus_errors();

/// Runs call(with), which must be C code with nothing to destroy in between; false if it was left half-way by a bus
/// error. Then its connection is in no known state, and must not be touched again, not even to be closed.
/// Thread safety: any thread; one with SIGBUS blocked is killed as before.
bool survives_bus_error(void (*call)(void*), void* with) noexcept;

}  // namespace sundown::sqlite
