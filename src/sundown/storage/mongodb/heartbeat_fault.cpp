#include "storage/mongodb/heartbeat_fault.hpp"

namespace sundown::mongodb {

namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

std::string heartbeat_fault(std::string_view said, const heartbeat_facts& facts) {
  const std::string text(said), key(facts.uri_key);
  if (has(said, "certificate verify failed"))
    return text + "; the server's certificate must be valid, for the host in " + key +
           ", and of an authority that is trusted: tlsCAFile names a private one";
  if (facts.reached) return text;
  if (facts.tls && has(said, "TLS handshake"))
    return text + "; does it speak TLS there, as tls=true in " + key + " says?";
  if (!facts.tls && has(said, "socket error or timeout"))
    return text + "; if it speaks TLS there, " + key + " needs tls=true";
  return text;
}

}  // namespace sundown::mongodb
