#include <sundown/http_client/settings.hpp>

#include <utility>

namespace sundown::http_client {

using namespace std::chrono_literals;

sundown::keys<settings> keys(std::string section) {
  sundown::keys<settings> own(std::move(section));
  own.duration(&settings::timeout, "timeout", 1ms, 1h, "For a call to another service as a whole")
      .duration(&settings::connect_timeout, "connect_timeout", 1ms, 1min,
                "For each of: the address, the connection, the TLS handshake")
      .duration(&settings::idle_timeout, "idle_timeout", 0ms, 1h,
                "A kept connection is closed after it; 0s: none is kept")
      .number(&settings::connections, "connections", 1, 100'000, "Connections to one origin at a time")
      .number(&settings::queue, "queue", 0, 1'000'000, "Calls to one origin that wait for a connection")
      .size(&settings::answer_limit, "answer_limit", 1, std::int64_t{1} << 30,
            "Bytes of an answer's body that is taken whole")
      .text(&settings::ca, "ca", "A PEM file of authorities that are trusted beside the system's; empty: none");
  return own;
}

}  // namespace sundown::http_client
