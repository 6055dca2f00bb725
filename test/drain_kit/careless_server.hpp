#pragma once

namespace sundown::test {

/// Serves as many do, for listening_process: GET is answered correctly, on kept connections, and at SIGTERM the process
/// ends at once, whatever is under way.
[[noreturn]] void serve_carelessly(int listener);

/// The same for a server that answers one request on each connection, and says so by `Connection: close`.
[[noreturn]] void serve_once_carelessly(int listener);

}  // namespace sundown::test
