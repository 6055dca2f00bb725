#pragma once

namespace sundown::test {

/// Serves as many do, for listening_process: GET is answered correctly, on kept connections, and at SIGTERM the process
/// ends at once, whatever is under way.
[[noreturn]] void serve_carelessly(int listener);

}  // namespace sundown::test
