#pragma once

#include "drain_kit/caller.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <string>

/// The clients of the scenarios: each a short script of what one of them does, and what it must get.
namespace sundown::testing::drain_kit {

/// Those that one thread plays: one, but for clients that do nothing.
using callers = std::deque<caller>;
using script = std::function<void(callers&)>;

/// What one client does, as a script.
template <class One>
script each(One one) {
  return [one](callers& all) {
    for (auto& me : all) one(me);
  };
}

/// Sleeps until so long after the signal.
void wait_after_signal(caller& me, milliseconds later);

/// Clients that all do the same.
struct kind {
  std::string name;
  std::size_t count;
  script play;
  bool each_told_end = true;   ///< every one must be told `Connection: close`, or GOAWAY, after the signal
  std::size_t share = 1;       ///< how many of them one thread plays
  milliseconds asks_after{0};  ///< the signal; 0: before it
};

/// `streams`: in HTTP/2 so many at a time, on the one connection of a client.

/// Asks for something that takes its time, before the signal.
script in_flight(std::string target, std::size_t streams = 1);
/// Asks again as soon as it has an answer, on one connection, until it is told to end it. Retries nothing.
script busy(std::string target, std::size_t streams = 1);
/// Makes a new connection for each request, until one is refused.
script new_connections(std::string target);
/// Is idle at the signal, and asks once more some time later, before it has read anything: as a client that is a way
/// off.
script late_request(request what, milliseconds later);
/// Is idle at the signal, and is to be used again some time later, as by a balancer's pool: if it has been closed by
/// then, nothing is sent, and nothing lost.
script pooled(request what, milliseconds later);
/// Sends the first byte of a request with the signal, and the rest 20 ms later.
script first_byte(std::string target, milliseconds later);
/// Has connected, and says its first word only some time after the signal: over TLS, its handshake.
script slow_handshake(std::string target, milliseconds later);
/// The same, but has begun its handshake. TLS only.
script half_handshake(std::string target, milliseconds later);
/// Has sent all it will ever send, and waits for the answer. HTTP/1 only.
script half_closed(std::string target);
/// A body that is sent once its head has been answered with 100 (RFC 9110 §10.1.1).
struct upload_in_parts {
  std::string head, body;
};
upload_in_parts asking_leave(const std::string& target);
/// Has been told to go on with its body (`Expect: 100-continue`), and sends it some time after the signal. HTTP/1 only.
script expecting_continue(std::string target, milliseconds later);
/// A balancer's probes, each on a connection of its own: 200, or 503 once it stops, until it no longer listens.
script probes(std::string target);
/// Has had an answer and gone before the signal.
script visitor(std::string target);
/// Is idle and stays so. Plays all its callers at once.
void idle_crowd(callers& all);
/// Sends half the head of a request, and then nothing.
script half_header(std::string target);
/// Sends half a body before the signal and the rest some time after it.
script upload(std::string target, std::size_t size, milliseconds later);
/// Sends five requests at once; the signal comes while the second is handled, which takes its time. HTTP/1 only.
script pipelined(std::string quick, std::string slow);
/// Takes a large answer slowly, some 8 MB a second at most.
script slow_reader(std::string target, std::size_t size);
/// Reads the head of an answer and, until some time after the signal, nothing more; then slowly what is left of it.
script late_reader(std::string target, std::size_t size, milliseconds later);
/// Reads the head of a large answer and then nothing more; has to be cut.
script stopped_reader(std::string target);
/// Reads, but never opens its windows; its stream has to be reset. HTTP/2 only.
script shut_window(std::string target);
/// Asks for what takes longer than any stop; has to be cut.
script endless(std::string target);
/// The same, for a handler that can be cancelled; it must be answered 503.
script cancelled(std::string target);
/// Subscribes to server-sent events, which must end in order, with this text if there is one.
script events(std::string target, std::string last_event);
/// What asks for one.
std::string websocket_handshake(const std::string& target);
/// Talks over a WebSocket, which must be closed with 1001. HTTP/1 only.
script websocket(std::string target);

}  // namespace sundown::testing::drain_kit
