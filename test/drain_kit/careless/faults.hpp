#pragma once

#include <map>
#include <stdexcept>
#include <string>

namespace careless {

/// What the server does wrong at its stop; else it is careful.
enum class fault {
  none,
  exits_at_once,         ///< SIGTERM ends the process, whatever is under way
  ignores_signal,        ///< SIGTERM does nothing
  second_signal_kills,   ///< the first one is handled, the second has its default action
  signal_lost_at_start,  ///< SIGTERM is ignored until the server listens
  resets_queue,          ///< the listener closes with connections in its queue
  cuts_in_flight,        ///< a request under way is given up
  forgets_close,         ///< answers don't say that the connection ends
  closes_idle_at_once,   ///< idle connections are closed at the signal, with whatever is on its way
  keeps_idle,            ///< idle connections hold the stop
  drops_first_byte,      ///< a request that has begun with a byte is given up
  drops_pipelined,       ///< what has come behind the request under way is given up
  closes_untouched,      ///< a connection that has said nothing yet is reset
  waits_for_heads,       ///< half a head holds the stop
  resets_half_closed,    ///< a client that has ended its own side gets no answer
  drops_uploads,         ///< half a body is given up
  drops_continued,       ///< a body that was asked for by 100 is given up
  tears_answer,          ///< a long answer is cut
  waits_for_readers,     ///< a client that has stopped reading holds the stop
  tears_events,          ///< a stream of events ends without its last chunk
  drops_websocket,       ///< a WebSocket ends without a close frame
  resets_probes,         ///< a balancer's probe is reset once the server stops
  leaves_child,          ///< a process of its own outlives it
  keeps_port,            ///< a process of its own goes on listening
  no_reuse,              ///< it needs the port to be free of TIME_WAIT
  exits_unacknowledged,  ///< a large answer counts as sent once the kernel has it
  // Of TLS.
  no_close_notify,   ///< a connection ends by its FIN alone
  drops_handshakes,  ///< a handshake under way is given up
  // Of HTTP/2.
  no_goaway,           ///< connections end, and nothing has told their clients
  single_goaway,       ///< GOAWAY with the last stream comes at once, without a notice before
  goaway_then_resets,  ///< streams under way are reset behind GOAWAY, though below its last one
  drops_streams,       ///< a stream that begins after the signal gets no answer, nor is it refused
  refuses_streams,     ///< a stream that begins after the signal is refused, though no last stream was told
  refuses_begun,       ///< an answer under way is refused when half of it is out, and one that is stalled
  disowns_begun,       ///< so it is by GOAWAY with a last stream below it
  wrong_length,        ///< an answer under way has a byte more or less than its Content-Length says
  no_end_stream,       ///< an answer under way comes without its end
  closes_windows,      ///< no window is opened any more
  waits_for_windows    ///< a client that keeps its window shut holds the stop
};

inline const std::map<std::string, fault>& faults() {
  static const std::map<std::string, fault> all{
      {"none", fault::none},
      {"exits-at-once", fault::exits_at_once},
      {"ignores-signal", fault::ignores_signal},
      {"second-signal-kills", fault::second_signal_kills},
      {"signal-lost-at-start", fault::signal_lost_at_start},
      {"resets-queue", fault::resets_queue},
      {"cuts-in-flight", fault::cuts_in_flight},
      {"forgets-close", fault::forgets_close},
      {"closes-idle-at-once", fault::closes_idle_at_once},
      {"keeps-idle", fault::keeps_idle},
      {"drops-first-byte", fault::drops_first_byte},
      {"drops-pipelined", fault::drops_pipelined},
      {"closes-untouched", fault::closes_untouched},
      {"waits-for-heads", fault::waits_for_heads},
      {"resets-half-closed", fault::resets_half_closed},
      {"drops-uploads", fault::drops_uploads},
      {"drops-continued", fault::drops_continued},
      {"tears-answer", fault::tears_answer},
      {"waits-for-readers", fault::waits_for_readers},
      {"tears-events", fault::tears_events},
      {"drops-websocket", fault::drops_websocket},
      {"resets-probes", fault::resets_probes},
      {"leaves-child", fault::leaves_child},
      {"keeps-port", fault::keeps_port},
      {"no-reuse", fault::no_reuse},
      {"exits-unacknowledged", fault::exits_unacknowledged},
      {"no-close-notify", fault::no_close_notify},
      {"drops-handshakes", fault::drops_handshakes},
      {"no-goaway", fault::no_goaway},
      {"single-goaway", fault::single_goaway},
      {"goaway-then-resets", fault::goaway_then_resets},
      {"drops-streams", fault::drops_streams},
      {"refuses-streams", fault::refuses_streams},
      {"refuses-begun-streams", fault::refuses_begun},
      {"disowns-begun-streams", fault::disowns_begun},
      {"wrong-length", fault::wrong_length},
      {"no-end-stream", fault::no_end_stream},
      {"closes-windows", fault::closes_windows},
      {"waits-for-windows", fault::waits_for_windows},
  };
  return all;
}

}  // namespace careless
