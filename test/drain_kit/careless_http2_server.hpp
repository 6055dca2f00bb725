#pragma once

namespace sundown::test {

/// How a server of HTTP/2 ends at SIGTERM.
enum class careless_stop {
  at_once,  ///< the process ends: whatever is under way or comes is lost
  refusing  ///< GOAWAY with the last stream so far, without notice; what comes then is passed over; the end 0.5 s later
};

/// Serves HTTP/2 by prior knowledge, for listening_process. Requests, which are taken to have no body, are answered at
/// once but those for "/slow": the first after 0.2 s (the kit tries it out), later ones never.
[[noreturn]] void serve_http2_carelessly(int listener, careless_stop how);

}  // namespace sundown::test
